/** Results as files for people: sentences, tables, charts, a page. Computes nothing but means. */
package org.tfemergence.examples.report;
