package dev.chrysalis.tensor.cpu;

import dev.chrysalis.tensor.MemoryPool;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// A fixed pool of threads that works through numbered tasks together with the caller.
///
/// Which thread runs which task is left to chance; a kernel whose tasks depend on sizes alone, and
/// write to places of their own, gives the same bits for any number of threads. One call has the
/// workers at a time: nested calls and calls from other threads meanwhile run in their caller. Who
/// waits spins for up to a millisecond, then sleeps: to wake takes as long as a small op.
final class Parallel {
  /// A task that needs working memory.
  interface Task {
    void run(int index, Scratch scratch);
  }

  private static final int SPINS = 10000;

  private final MemoryPool memory;
  private final Worker[] workers;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final ArrayDeque<Scratch> idleScratches = new ArrayDeque<>();
  private final AtomicReference<Job> current = new AtomicReference<>();
  private int jobs;

  /// @param threads how many compute at once, the caller included
  Parallel(int threads) {
    this(threads, new MemoryPool());
  }

  /// @param memory what working memory outside of the heap comes from
  Parallel(int threads, MemoryPool memory) {
    this.memory = memory;
    if (threads < 1) {
      throw new IllegalArgumentException("threads: need 1 or more, got " + threads);
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("chrysalis-cpu-" + (i + 1));
      workers[i].start();
    }
  }

  int threads() {
    return workers.length + 1;
  }

  /// Runs `task` for `0 … tasks−1`; returns when all are done. The first exception of a task is
  /// thrown here; tasks not yet begun are then left out.
  void run(int tasks, IntConsumer task) {
    run(tasks, (index, _) -> task.accept(index));
  }

  /// As above, with working memory.
  void run(int tasks, Task task) {
    if (tasks <= 0) {
      return;
    }
    Scratch scratch = borrow();
    try {
      if (tasks == 1 || workers.length == 0 || !busy.compareAndSet(false, true)) {
        for (int i = 0; i < tasks; i++) {
          task.run(i, scratch);
        }
      } else {
        runShared(tasks, task, scratch);
      }
    } finally {
      giveBack(scratch);
    }
  }

  /// Working memory for a caller that holds it over several runs; to be given back.
  Scratch borrow() {
    synchronized (idleScratches) {
      Scratch scratch = idleScratches.pollLast();
      return scratch == null ? new Scratch(memory) : scratch;
    }
  }

  /// Takes back what `borrow` lent.
  void giveBack(Scratch scratch) {
    synchronized (idleScratches) {
      idleScratches.addLast(scratch);
    }
  }

  private void runShared(int tasks, Task task, Scratch scratch) {
    Job job = new Job(++jobs, tasks, task, Thread.currentThread());
    try {
      current.set(job);
      int helpers = Math.min(tasks - 1, workers.length);
      for (int i = 0; i < helpers; i++) {
        if (workers[i].asleep) {
          LockSupport.unpark(workers[i]);
        }
      }
      job.work(scratch);
      job.await();
    } finally {
      current.set(null);
      busy.set(false);
    }
    job.rethrow();
  }

  /// One call of `run`.
  private static final class Job {
    final int number;
    private final int tasks;
    private final Task task;
    private final Thread caller;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Job(int number, int tasks, Task task, Thread caller) {
      this.number = number;
      this.tasks = tasks;
      this.task = task;
      this.caller = caller;
    }

    /// Takes tasks until none is left.
    void work(Scratch scratch) {
      while (next.get() < tasks) {
        int index = next.getAndIncrement();
        if (index >= tasks) {
          return;
        }
        try {
          if (failure.get() == null) {
            task.run(index, scratch);
          }
        } catch (Throwable e) {
          failure.compareAndSet(null, e);
        } finally {
          if (done.incrementAndGet() == tasks) {
            LockSupport.unpark(caller);
          }
        }
      }
    }

    void await() {
      for (int i = 0; i < SPINS && done.get() < tasks; i++) {
        Thread.onSpinWait();
      }
      boolean interrupted = false;
      while (done.get() < tasks) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void rethrow() {
      switch (failure.get()) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }
  }

  private final class Worker extends Thread {
    private final Scratch scratch = new Scratch(memory);
    volatile boolean asleep;

    Worker(String name) {
      super(name);
      setDaemon(true);
    }

    @Override
    public void run() {
      int last = 0;
      while (true) {
        awaitJobAfter(last);
        last = join(last);
      }
    }

    /// Works on the current job, unless it is number `last`; returns the job's number. The job, and
    /// the memory that its task refers to, is not held after that.
    private int join(int last) {
      Job job = current.get();
      if (job == null || job.number == last) {
        return last;
      }
      job.work(scratch);
      return job.number;
    }

    private boolean hasJobAfter(int last) {
      Job job = current.get();
      return job != null && job.number != last;
    }

    private void awaitJobAfter(int last) {
      for (int i = 0; i < SPINS; i++) {
        if (hasJobAfter(last)) {
          return;
        }
        Thread.onSpinWait();
      }
      asleep = true;
      while (!hasJobAfter(last)) {
        LockSupport.park(Parallel.this);
        Thread.interrupted();
      }
      asleep = false;
    }
  }
}
