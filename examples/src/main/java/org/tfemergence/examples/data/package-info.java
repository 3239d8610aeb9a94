/** Image data as flat byte arrays: found in a folder, downloaded and checked, or bundled. */
package org.tfemergence.examples.data;
