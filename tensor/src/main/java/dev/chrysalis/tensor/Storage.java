package dev.chrysalis.tensor;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/// A block of memory behind one or more tensors.
///
/// A storage is born with one owner, the innermost open `Scope`. Whoever needs it longer retains
/// it; when the last owner releases it, its block goes back to where it came from and every later
/// use of a tensor on it is refused. A storage born outside all scopes, or mapped from a file, is
/// left to the garbage collector or to the mapping's owner.
///
/// A storage of a device keeps its block there and brings it to the host when it is asked for it.
public class Storage {
  private final MemorySegment segment;
  private final Runnable onRelease;
  private final AtomicInteger owners = new AtomicInteger(1);

  /// @param segment the memory, readable by the host
  /// @param onRelease runs once, when the last owner lets go
  public Storage(MemorySegment segment, Runnable onRelease) {
    this.segment = segment;
    this.onRelease = onRelease;
  }

  /// The memory, to read or write, until the next op on it; ask anew after each. Refused after the
  /// last owner has let go.
  public final MemorySegment segment() {
    checkAlive();
    return host(true);
  }

  /// The memory, to read alone: what a device has of it stays valid. Refused after the last owner
  /// has let go.
  public final MemorySegment reading() {
    checkAlive();
    return host(false);
  }

  /// Refuses a storage whose last owner has let go.
  protected final void checkAlive() {
    if (owners.get() <= 0) {
      throw new IllegalStateException(
          "tensor used after its scope closed: hand it out of the scope to keep it");
    }
  }

  /// The memory on the host, with everything that was computed.
  ///
  /// @param written whether the host may write to it
  protected MemorySegment host(boolean written) {
    return segment;
  }

  /// Adds an owner.
  public void retain() {
    if (owners.getAndUpdate(count -> count > 0 ? count + 1 : count) <= 0) {
      throw new IllegalStateException("tensor retained after its scope closed");
    }
  }

  /// Removes an owner.
  public void release() {
    int before = owners.getAndUpdate(count -> Math.max(0, count - 1));
    if (before == 0) {
      throw new IllegalStateException("tensor released more often than it was retained");
    }
    if (before == 1) {
      onRelease.run();
    }
  }
}
