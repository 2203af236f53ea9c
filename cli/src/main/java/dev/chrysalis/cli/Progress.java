package dev.chrysalis.cli;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// How far long work has come: a bar on a terminal, else a plain line at most every ten seconds,
/// for logs. Both go to standard error. Work that is done sooner leaves no line.
final class Progress implements AutoCloseable {
  private static final long LINE_EVERY_NANOS = 10_000_000_000L;
  private static final int BAR_EVERY_MILLIS = 200;
  private static final String CLEAR_LINE = "\r\u001b[K";

  private final Console console;
  private final String task;
  private final long total;
  private final LongSupplier nanoTime;
  private final Optional<ProgressBar> bar;
  private final long begun;
  private long lastLine;
  private long before;
  private long done;
  private String remark = "";

  private Progress(
      Console console, String task, long total, LongSupplier nanoTime, Optional<ProgressBar> bar) {
    this.console = console;
    this.task = task;
    this.total = total;
    this.nanoTime = nanoTime;
    this.bar = bar;
    this.begun = nanoTime.getAsLong();
    this.lastLine = begun;
  }

  /// Starts at nothing done.
  ///
  /// @param total how many steps there are
  static Progress start(Console console, String task, long total) {
    return resume(console, task, total, 0);
  }

  /// Goes on with work of which `done` steps were done before.
  static Progress resume(Console console, String task, long total, long done) {
    Optional<ProgressBar> bar =
        console.terminal() ? Optional.of(bar(task, total, done)) : Optional.empty();
    Progress progress = new Progress(console, task, total, System::nanoTime, bar);
    progress.before = done;
    progress.done = done;
    return progress;
  }

  /// Plain lines by this clock.
  static Progress lines(Console console, String task, long total, LongSupplier nanoTime) {
    return new Progress(console, task, total, nanoTime, Optional.empty());
  }

  private static ProgressBar bar(String task, long total, long done) {
    boolean unicode = StandardCharsets.UTF_8.equals(System.err.charset());
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(total)
        .startsFrom(done, Duration.ZERO)
        .setUpdateIntervalMillis(BAR_EVERY_MILLIS)
        .setStyle(unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
        .clearDisplayOnFinish()
        .setConsumer(new ConsoleProgressBarConsumer(System.err))
        .build();
  }

  /// One more step is done.
  void step() {
    stepTo(done + 1);
  }

  /// `count` steps are done.
  void stepTo(long count) {
    done = count;
    bar.ifPresentOrElse(b -> b.stepTo(count), this::lineIfDue);
  }

  /// A few words about the present step, shown behind the bar or the numbers.
  void remark(String text) {
    remark = Console.oneLine(text);
    bar.ifPresent(b -> b.setExtraMessage(" " + remark));
  }

  /// A line of the answer, in front of the bar.
  void line(String text) {
    clearBar();
    console.line(text);
    bar.ifPresent(ProgressBar::refresh);
  }

  /// A line beside the answer, in front of the bar.
  void note(String text) {
    clearBar();
    console.note(text);
    bar.ifPresent(ProgressBar::refresh);
  }

  private void clearBar() {
    if (bar.isPresent()) {
      console.err().print(CLEAR_LINE);
      console.err().flush();
    }
  }

  private void lineIfDue() {
    long now = nanoTime.getAsLong();
    if (now - lastLine < LINE_EVERY_NANOS || done >= total) {
      return;
    }
    lastLine = now;
    double percent = 100.0 * done / Math.max(1, total);
    String left = "";
    if (done > before && done < total) {
      long seconds = Math.round((now - begun) * 1e-9 / (done - before) * (total - done));
      left = ", %s left".formatted(duration(seconds));
    }
    String behind = remark.isEmpty() ? "" : "; " + remark;
    console.note("%s: %d of %d (%.0f %%)%s%s".formatted(task, done, total, percent, left, behind));
  }

  /// `1:02:03`, `2:03` or `3 s`.
  static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    long minutes = seconds / 60;
    return minutes < 60
        ? "%d:%02d".formatted(minutes, seconds % 60)
        : "%d:%02d:%02d".formatted(minutes / 60, minutes % 60, seconds % 60);
  }

  @Override
  public void close() {
    bar.ifPresent(ProgressBar::close);
  }
}
