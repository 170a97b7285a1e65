/**
 * Our own lint rules, run by `deno lint` (see `lint.plugins` in deno.json).
 *
 * | rule | holds |
 * |---|---|
 * | `wherry/layers` | a folder imports only the layers below it |
 * | `wherry/ambient` | time, randomness, cryptography and I/O come in through `Host` |
 * | `wherry/file-size` | no file over 600 lines |
 * | `wherry/error-message` | error messages start upper-case and have no full stop |
 *
 * @module
 */
import { ambient } from "./lint/ambient.ts";
import { errorMessage } from "./lint/error_message.ts";
import { fileSize } from "./lint/file_size.ts";
import { layers } from "./lint/layers.ts";

const plugin: Deno.lint.Plugin = {
  name: "wherry",
  rules: {
    layers,
    ambient,
    "file-size": fileSize,
    "error-message": errorMessage,
  },
};

export default plugin;
