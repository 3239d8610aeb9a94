/** Trained models in the formats others read. */
package org.tfemergence.models.export;
