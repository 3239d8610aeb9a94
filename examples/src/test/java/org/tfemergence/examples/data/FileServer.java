package org.tfemergence.examples.data;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Offers the four files of a data set, gzipped, on the loopback. */
final class FileServer implements AutoCloseable {
  /** What the server does with a request. */
  enum Habit {
    RANGES,
    IGNORES_RANGES,
    WRONG_RANGE,
    BREAKS_OFF,
    UNAVAILABLE
  }

  private final HttpServer server;
  private final Map<String, byte[]> files = new HashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private volatile Habit habit = Habit.RANGES;

  private FileServer(HttpServer server) {
    this.server = server;
  }

  static FileServer start(List<byte[]> contents) throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    FileServer server = new FileServer(HttpServer.create(any, 0));
    for (int i = 0; i < contents.size(); i++) {
      String name = PublishedData.MNIST.files().get(i).name();
      server.files.put("/" + name, Idx.gzip(contents.get(i)));
    }
    server.server.createContext("/", server::answer);
    server.server.start();
    return server;
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  void habit(Habit value) {
    habit = value;
  }

  byte[] file(String name) {
    return files.get("/" + name);
  }

  /** Path and Range header of each request so far. */
  List<String> requests() {
    return Collections.unmodifiableList(requests);
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String range = exchange.getRequestHeaders().getFirst("Range");
      requests.add(path + " " + range);
      byte[] file = files.get(path);
      if (habit == Habit.UNAVAILABLE) {
        exchange.sendResponseHeaders(503, -1);
      } else if (habit == Habit.BREAKS_OFF) {
        exchange.sendResponseHeaders(200, file.length);
        exchange.getResponseBody().write(file, 0, file.length / 2);
      } else if (range == null || habit == Habit.IGNORES_RANGES) {
        send(exchange, 200, file);
      } else {
        sendFrom(exchange, file, Integer.parseInt(range.replaceAll("\\D", "")));
      }
    }
  }

  private void sendFrom(HttpExchange exchange, byte[] file, int from) throws IOException {
    if (from >= file.length) {
      exchange.getResponseHeaders().set("Content-Range", "bytes */" + file.length);
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    int start = habit == Habit.WRONG_RANGE ? 0 : from;
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + start + "-" + (file.length - 1) + "/" + file.length);
    send(exchange, 206, Arrays.copyOfRange(file, start, file.length));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
