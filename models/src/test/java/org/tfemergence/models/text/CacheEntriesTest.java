package org.tfemergence.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tfemergence.models.text.Beams.Beam;

/** Beginnings that die and branch at random, beside histories that are copied for each. */
final class CacheEntriesTest {
  private record Sentence(List<List<Integer>> histories, List<Integer> cache) {}

  /** How many beginnings of each sentence were alive in the last step; they stand first. */
  private final List<Integer> living = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({"1, 1, 40", "1, 5, 90", "4, 3, 70"})
  void seen_isEachBeginningsHistory(int sentences, int beam, int steps) {
    Random random = new Random(7);
    CacheEntries entries = new CacheEntries(sentences, beam);
    List<Sentence> active = new ArrayList<>();
    for (int i = 0; i < sentences; i++) {
      List<List<Integer>> histories = new ArrayList<>();
      for (int j = 0; j < beam; j++) {
        histories.add(List.of());
      }
      active.add(new Sentence(histories, empty(entries.capacity())));
      living.add(beam);
    }
    int stored = 0; // a number for each beginning and step
    int kept = 0;
    for (int step = 0; step < steps; step++) {
      List<List<Beam>> alive = alive(random, beam);
      if (step > 0 && (entries.full() || (step % 30 == 0 && active.size() > 1))) {
        int first = step % 30 == 0 && active.size() > 1 ? 1 : 0; // the first sentence is done
        active = keep(entries, active, alive, first);
        alive = alive.subList(first, alive.size());
        living.subList(0, first).clear();
        kept++;
      }
      int used = entries.used();
      float[] seen = entries.append(alive);
      for (int i = 0; i < active.size(); i++) {
        List<List<Integer>> before = List.copyOf(active.get(i).histories());
        for (int j = 0; j < beam; j++) {
          List<Integer> history = new ArrayList<>(before.get(alive.get(i).get(j).parent()));
          history.add(stored);
          active.get(i).histories().set(j, history);
          active.get(i).cache().set(used + j, stored++);
          Set<Integer> looked = new HashSet<>();
          for (int entry = 0; entry < entries.capacity(); entry++) {
            if (seen[(i * beam + j) * entries.capacity() + entry] == 1) {
              looked.add(active.get(i).cache().get(entry));
            }
          }
          if (alive.get(i).get(j).living()) {
            assertThat(looked).isEqualTo(new HashSet<>(history));
          }
        }
      }
    }
    assertThat(kept).isGreaterThan(1);
  }

  private static List<Sentence> keep(
      CacheEntries entries, List<Sentence> active, List<List<Beam>> alive, int first) {
    int[] places = new int[active.size() - first];
    for (int i = 0; i < places.length; i++) {
      places[i] = first + i;
    }
    int[] from = entries.keep(places, alive.subList(first, alive.size()));
    List<Sentence> left = new ArrayList<>();
    int most = 0;
    for (int i = 0; i < places.length; i++) {
      Sentence old = active.get(places[i]);
      List<Integer> cache = new ArrayList<>();
      for (int entry = 0; entry < entries.capacity(); entry++) {
        cache.add(old.cache().get(from[i * entries.capacity() + entry]));
      }
      left.add(new Sentence(old.histories(), cache));
      Set<Integer> living = new HashSet<>();
      for (Beam beam : alive.get(places[i])) {
        if (beam.living()) {
          living.addAll(old.histories().get(beam.parent()));
        }
      }
      most = Math.max(most, living.size());
    }
    // No more than the living descend from, and room for so many steps.
    assertThat(entries.used()).isEqualTo(most);
    int beam = alive.get(0).size();
    assertThat(entries.capacity()).isEqualTo(most + CacheEntries.ROOM * beam);
    assertThat(entries.full()).isFalse();
    return left;
  }

  private static List<Integer> empty(int capacity) {
    return new ArrayList<>(Collections.nCopies(capacity, -1));
  }

  /* Parents at random among the living; in one sentence of four, some places are only filled. */
  private List<List<Beam>> alive(Random random, int beam) {
    List<List<Beam>> alive = new ArrayList<>();
    for (int i = 0; i < living.size(); i++) {
      int next = random.nextInt(4) == 0 ? 1 + random.nextInt(beam) : beam;
      List<Beam> beams = new ArrayList<>();
      for (int j = 0; j < beam; j++) {
        beams.add(
            j < next
                ? new Beam(ImmutableIntArray.of(), -1, random.nextInt(living.get(i)))
                : new Beam(ImmutableIntArray.of(), Float.NEGATIVE_INFINITY, 0));
      }
      living.set(i, next);
      alive.add(beams);
    }
    return alive;
  }
}
