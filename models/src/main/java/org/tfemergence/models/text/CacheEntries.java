package org.tfemergence.models.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.tfemergence.models.text.Beams.Beam;

/**
 * Which entries of a search's cache belong to which beginning. Knows no graph.
 *
 * <p>Every step leaves an entry of each beginning, and none is ever moved to the row of another: a
 * beginning knows its own, which are those of the one that it grew from, and the last. What no
 * living beginning descends from is dropped when there is no room left, or a sentence is done.
 */
final class CacheEntries {
  /** The number of steps for which there is room behind what is kept. */
  static final int ROOM = 16;

  private final int beam;
  private List<BitSet[]> owned; // by sentence, by beginning of the last step
  private int used; // entries of each sentence
  private int capacity;

  /** Starts without entries. */
  CacheEntries(int sentences, int beam) {
    this.beam = beam;
    owned = new ArrayList<>();
    for (int i = 0; i < sentences; i++) {
      BitSet[] none = new BitSet[beam];
      for (int j = 0; j < beam; j++) {
        none[j] = new BitSet();
      }
      owned.add(none);
    }
    capacity = ROOM * beam;
  }

  /** The number of entries of each sentence that are or were in use. */
  int used() {
    return used;
  }

  /** The number of entries of each sentence that there is room for. */
  int capacity() {
    return capacity;
  }

  /** Whether there is no room for another step. */
  boolean full() {
    return used + beam > capacity;
  }

  /**
   * Takes a step, which stores entries from {@link #used} on.
   *
   * @param alive by sentence the beginnings that go on
   * @return which entries each may look at, 1 or 0, [sentences, beam, capacity]
   */
  float[] append(List<? extends List<Beam>> alive) {
    float[] seen = new float[owned.size() * beam * capacity];
    for (int i = 0; i < owned.size(); i++) {
      BitSet[] before = owned.get(i);
      BitSet[] now = new BitSet[beam];
      for (int j = 0; j < beam; j++) {
        now[j] = (BitSet) before[alive.get(i).get(j).parent()].clone();
        now[j].set(used + j);
        int row = (i * beam + j) * capacity;
        now[j].stream().forEach(entry -> seen[row + entry] = 1);
      }
      owned.set(i, now);
    }
    used += beam;
    return seen;
  }

  /**
   * Keeps what living beginnings descend from, in some of the sentences.
   *
   * @param sentences their places among all
   * @param alive by kept sentence the beginnings that will go on
   * @return which entry each becomes, [kept sentences, capacity]; behind what is kept, any
   */
  int[] keep(int[] sentences, List<? extends List<Beam>> alive) {
    List<BitSet[]> kept = new ArrayList<>();
    List<BitSet> living = new ArrayList<>();
    used = 0;
    for (int i = 0; i < sentences.length; i++) {
      BitSet[] rows = owned.get(sentences[i]);
      BitSet all = new BitSet();
      for (Beam beam : alive.get(i)) {
        if (beam.living()) {
          all.or(rows[beam.parent()]);
        }
      }
      kept.add(rows);
      living.add(all);
      used = Math.max(used, all.cardinality());
    }
    capacity = used + ROOM * beam;
    int[] from = new int[sentences.length * capacity];
    owned = new ArrayList<>();
    for (int i = 0; i < sentences.length; i++) {
      int[] entries = living.get(i).stream().toArray();
      System.arraycopy(entries, 0, from, i * capacity, entries.length);
      owned.add(renumbered(kept.get(i), entries));
    }
    return from;
  }

  private static BitSet[] renumbered(BitSet[] rows, int[] entries) {
    BitSet[] renumbered = new BitSet[rows.length];
    for (int j = 0; j < rows.length; j++) {
      renumbered[j] = new BitSet();
      for (int k = 0; k < entries.length; k++) {
        renumbered[j].set(k, rows[j].get(entries[k]));
      }
    }
    return renumbered;
  }
}
