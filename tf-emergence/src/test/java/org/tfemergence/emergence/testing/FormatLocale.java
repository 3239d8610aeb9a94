package org.tfemergence.emergence.testing;

import java.util.Locale;

/** Another default locale for formatting, until closed. */
public final class FormatLocale implements AutoCloseable {
  private final Locale before = Locale.getDefault(Locale.Category.FORMAT);

  /** Sets the locale of a language tag, such as {@code ar-EG}. */
  public FormatLocale(String tag) {
    Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag(tag));
  }

  @Override
  public void close() {
    Locale.setDefault(Locale.Category.FORMAT, before);
  }
}
