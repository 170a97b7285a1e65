/**
 * Registries, as a client sees them.
 *
 * | file | what |
 * |---|---|
 * | `registry_client.ts` | manifests, contents, tags |
 * | `exchange.ts` | one request with its redirects and second tries |
 * | `authorization.ts`, `challenge.ts` | Basic, and tokens of other servers |
 * | `upload.ts` | a content's way there |
 *
 * @module
 */
export { type BlobSource, bytesSource } from "./blob_source.ts";
export type { RegistryCredentials } from "./credentials.ts";
export type { RegistryOptions } from "./exchange.ts";
export type { ManifestAnswer } from "./manifest_answer.ts";
export { RegistryClient } from "./registry_client.ts";
export { RegistryError } from "./registry_error.ts";
