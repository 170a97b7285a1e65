/**
 * Images of the engines that are a program of ours (WASM, Deno).
 *
 * | file | what |
 * |---|---|
 * | `engine_image.ts` | what an image is, and what an engine takes |
 * | `engine_images.ts` | the images of one engine |
 * | `content_store.ts` | contents by digest: drafts, going on after a cut |
 * | `registry_pull.ts`, `artifact.ts` | from a name to a content |
 * | `file_image.ts` | names of files |
 * | `registries.ts`, `registry_config.ts` | where registries are, and how they are reached |
 *
 * @module
 */
export type {
  EngineImage,
  EngineImageSet,
  ImageFormat,
} from "./engine_image.ts";
export { EngineImages, type EngineImagesOptions } from "./engine_images.ts";
export type { ImageSource } from "./image_source.ts";
export { Registries } from "./registries.ts";
