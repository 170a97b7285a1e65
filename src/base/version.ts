/**
 * The product's version.
 *
 * @module
 */

/** Semantic version of this build, without a leading `v`. */
export const WHERRY_VERSION = "0.1.0";
