/**
 * JSON paths; see `json_path/` for the parts.
 *
 * @module
 */
export { JsonPathError, parseJsonPath, type Step } from "./json_path/parse.ts";
export { findAll } from "./json_path/find.ts";
