package org.tfemergence.examples.data;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Brings one URL into one file and continues an earlier, broken attempt if the server can.
 *
 * @param client the HTTP client
 * @param source the URL
 * @param part the file, absent or holding the first bytes of the content
 * @param name what reports call it
 * @param progress hears of each piece
 */
record Transfer(HttpClient client, URI source, Path part, String name, Progress progress) {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
  private static final int OK = 200;
  private static final int PARTIAL_CONTENT = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final long UNKNOWN = -1;

  /** Returns when {@code part} holds as many bytes as the server sent. */
  void run() throws IOException, InterruptedException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    if (have == 0 || !resume(have)) {
      whole();
    }
  }

  /** Returns false if the server cannot continue after {@code have} bytes: start anew. */
  private boolean resume(long have) throws IOException, InterruptedException {
    HttpRequest request = request().header("Range", "bytes=" + have + "-").build();
    HttpResponse<InputStream> response = send(request);
    try (InputStream body = response.body()) {
      String range = response.headers().firstValue("Content-Range").orElse("");
      return switch (response.statusCode()) {
        case OK -> { // the server ignores ranges
          save(body, 0, length(response));
          yield true;
        }
        case PARTIAL_CONTENT -> {
          boolean fits = range.startsWith("bytes " + have + "-");
          if (fits) {
            save(body, have, length(response));
          }
          yield fits;
        }
        case RANGE_NOT_SATISFIABLE -> // nothing is left to send if the lengths agree
            range.equals("bytes */" + have);
        default -> throw unexpected(response);
      };
    }
  }

  private void whole() throws IOException, InterruptedException {
    HttpResponse<InputStream> response = send(request().build());
    try (InputStream body = response.body()) {
      if (response.statusCode() != OK) {
        throw unexpected(response);
      }
      save(body, 0, length(response));
    }
  }

  private HttpRequest.Builder request() {
    return HttpRequest.newBuilder(source).timeout(ANSWER_TIMEOUT);
  }

  private HttpResponse<InputStream> send(HttpRequest request)
      throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  private void save(InputStream body, long from, OptionalLong length) throws IOException {
    long total = length.isPresent() ? from + length.getAsLong() : UNKNOWN;
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      out.truncate(from).position(from);
      long done = from;
      progress.report(name, done, total);
      byte[] buffer = new byte[1 << 16];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        ByteBuffer piece = ByteBuffer.wrap(buffer, 0, n);
        while (piece.hasRemaining()) {
          done += out.write(piece);
        }
        progress.report(name, done, total);
      }
      out.force(true); // on disk before it gets its final name
    }
  }

  private static OptionalLong length(HttpResponse<?> response) {
    return response.headers().firstValueAsLong("Content-Length");
  }

  private static IOException unexpected(HttpResponse<?> response) {
    return new IOException("found HTTP status " + response.statusCode() + ", expected 200");
  }
}
