package org.tfemergence.examples.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program's entry: finds the command, and turns every failure into one clear line. */
@Command(
    name = "emergence",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    description = "Initialization, measurement and pruning of neural networks by emergence.",
    subcommands = {DemoCommand.class})
public final class Emergence implements Runnable {
  /** The exit status when a command could not do what it was asked. */
  static final int FAILED = 2;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show where an error comes from (a stack trace).")
  private boolean verbose;

  @Spec private CommandSpec spec;

  private Emergence() {}

  /**
   * Runs the program and ends the process with its exit status.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT); // TensorFlow Java names nodes by it
    Charset charset = Charset.defaultCharset();
    PrintWriter out = new PrintWriter(System.out, true, charset);
    PrintWriter err = new PrintWriter(System.err, true, charset);
    System.exit(execute(out, err, args));
  }

  /**
   * Runs the program.
   *
   * @param out for results
   * @param err for errors
   * @param args the command line
   * @return the exit status: 0 for success, 2 for a wrong command line, bad data, files that cannot
   *     be read or written, or a machine that has not what it takes
   */
  public static int execute(PrintWriter out, PrintWriter err, String... args) {
    Emergence emergence = new Emergence();
    try {
      return new CommandLine(emergence)
          .setOut(out)
          .setErr(err)
          .setParameterExceptionHandler((e, arguments) -> emergence.fail(err, e))
          .setExecutionExceptionHandler((e, line, parsed) -> emergence.fail(err, e))
          .setCaseInsensitiveEnumValuesAllowed(true)
          .setUsageHelpWidth(100)
          .execute(args);
    } catch (RuntimeException | Error e) { // too little memory, nowhere to unpack TensorFlow
      return emergence.fail(err, e);
    }
  }

  /** Without a command, shows the help. */
  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private int fail(PrintWriter err, Throwable e) {
    if (verbose) {
      e.printStackTrace(err);
    } else {
      err.println("emergence: " + Failure.describe(e));
    }
    return FAILED;
  }
}
