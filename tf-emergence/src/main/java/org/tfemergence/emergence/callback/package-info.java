/** Ready callbacks: they join probe, measure and history, and hold no formula of their own. */
package org.tfemergence.emergence.callback;
