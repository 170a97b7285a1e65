/**
 * A registry that cannot be asked, in contrast to one that refuses.
 *
 * @module
 */
import { RuntimeError } from "./runtime_error.ts";

/** Nobody knows whether there is a newer image: what is here may still be used by who may have it. */
export class RegistryAway extends RuntimeError {
  constructor(message: string, options?: ErrorOptions) {
    super("ErrImagePull", message, options);
  }
}
