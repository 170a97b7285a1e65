/**
 * Who keeps `managedFields` for a call.
 *
 * @module
 */
import type { Call } from "../call.ts";
import type { FieldsWriter } from "../write.ts";
import type { Requested } from "./kind_versions.ts";
import { managerName } from "./manager_name.ts";
import { UpdateWriter } from "./update_writer.ts";

/** What a call is about, for its fields' sake. */
export function requestedBy({ api, kind, view, at }: Call): Requested {
  return { registry: api.registry, kind, view, subresource: at.subresource };
}

/** Keeps the fields of an ordinary write. */
export function writerOf(call: Call, fieldManager: string): FieldsWriter {
  const { api, request, user } = call;
  return new UpdateWriter({
    ...requestedBy(call),
    manager: managerName(fieldManager, {
      userAgent: request.headers.get("user-agent"),
      user,
    }),
    clock: api.host.clock,
  });
}
