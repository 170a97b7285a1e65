/**
 * Our own lint rules, run by `deno lint` (see `lint.plugins` in deno.json).
 *
 * | rule | holds |
 * |---|---|
 * | `wherry/layers` | a folder imports only the layers below it |
 * | `wherry/ambient` | time, randomness, cryptography and I/O come in through `Host` |
 * | `wherry/file-size` | no file over 600 lines |
 * | `wherry/error-message` | error messages start upper-case and have no full stop |
 * | `wherry/module-state` | modules hold no state |
 *
 * @module
 */
import { ambient } from "./lint/ambient.ts";
import { errorMessage } from "./lint/error_message.ts";
import { fileSize } from "./lint/file_size.ts";
import { layers } from "./lint/layers.ts";
import { moduleState } from "./lint/module_state.ts";

const plugin: Deno.lint.Plugin = {
  name: "wherry",
  rules: {
    layers,
    ambient,
    "file-size": fileSize,
    "error-message": errorMessage,
    "module-state": moduleState,
  },
};

export default plugin;
