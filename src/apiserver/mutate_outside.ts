/**
 * Lets parts of admission outside of the server change an object that is about to be written.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import type { AsyncAttributes } from "./admission/async_admission.ts";
import type { ApiServer } from "./call.ts";
import { decodeObject } from "./decode.ts";
import type { Write } from "./write.ts";

/**
 * The object as those parts leave it, decoded and with defaults; the same one when they change nothing. What they change belongs to nobody, and the
 * built-in parts look at it once more.
 */
export async function mutateOutside<T extends KubeObject>(
  api: ApiServer,
  { write, object, attributes }: {
    write: Write<T>;
    object: T;
    attributes: AsyncAttributes;
  },
): Promise<T> {
  const changed = await api.asyncAdmission.mutate(attributes);
  if (changed === undefined) return object;
  const decoded = decodeObject(
    write.kind,
    { value: changed, duplicates: [] },
    { fieldValidation: "Ignore", warnings: [] },
  );
  const { managedFields } = object.metadata;
  if (managedFields === undefined) delete decoded.metadata.managedFields;
  else decoded.metadata.managedFields = managedFields;
  const { options: _, ...again } = { ...attributes, object: decoded };
  api.admission.mutate(again);
  return decoded;
}
