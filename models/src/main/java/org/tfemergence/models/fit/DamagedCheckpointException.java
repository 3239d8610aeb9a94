package org.tfemergence.models.fit;

import java.io.IOException;

/** A checkpoint is not as it was written: an older one may serve in its place. */
final class DamagedCheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  DamagedCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }

  DamagedCheckpointException(String message) {
    super(message);
  }
}
