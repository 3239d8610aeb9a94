package org.tfemergence.examples.cli;

import com.google.common.base.Throwables;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;

/** Says in one line what went wrong. */
final class Failure {
  private Failure() {}

  static String describe(Throwable e) {
    if (e instanceof UncheckedIOException) {
      return describe(e.getCause());
    }
    if (e instanceof CommandLine.ParameterException wrong) {
      return oneLine(wrong.getMessage())
          + " ('"
          + wrong.getCommandLine().getCommandSpec().qualifiedName()
          + " --help' shows what"
          + " there is)";
    }
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": may not be written or read";
    }
    if (e instanceof FileAlreadyExistsException exists) {
      return exists.getFile() + ": exists already, and is not overwritten";
    }
    if (e instanceof NoSuchFileException missing && missing.getReason() == null) {
      return missing.getFile() + ": no such file or folder";
    }
    if (e instanceof FileSystemException failed && failed.getReason() != null) {
      return failed.getFile() + ": " + oneLine(failed.getReason());
    }
    if (e instanceof OutOfMemoryError) {
      return "out of memory ("
          + e.getMessage()
          + "); Java may take "
          + Runtime.getRuntime().maxMemory() / (1 << 20)
          + " MiB here";
    }
    if (e instanceof LinkageError
        && Throwables.getStackTraceAsString(e).contains("org.bytedeco.javacpp.Loader")) {
      return "cannot load TensorFlow ("
          + oneLine(Throwables.getRootCause(e).toString())
          + "); it is unpacked below the home folder, or the one for temporary files, unless"
          + " JDK_JAVA_OPTIONS=-Dorg.bytedeco.javacpp.cachedir=DIR names another";
    }
    String message = e instanceof Error ? e.toString() : e.getMessage();
    return message == null ? e.getClass().getSimpleName() : oneLine(message);
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
