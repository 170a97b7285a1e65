/**
 * Keeps `managedFields` for ordinary writes: create, update, patch.
 *
 * @module
 */
import {
  entriesOf,
  isReset,
  type Managed,
  managedOf,
  type Manager,
  readManaged,
} from "../../api/apply/managed.ts";
import { updateFields } from "../../api/apply/update_fields.ts";
import { sameJson } from "../../api/equal.ts";
import type { KubeObject } from "../../api/kind.ts";
import type { ManagedFieldsEntry } from "../../api/meta.ts";
import type { JsonObject } from "../../api/patch/json_value.ts";
import { groupVersion } from "../../api/registry.ts";
import { formatTime } from "../../api/time.ts";
import type { Clock } from "../../base/host.ts";
import type { FieldsWriter } from "../write.ts";
import { asJson, type Requested, versionsOf } from "./kind_versions.ts";

/** Who writes what. */
export interface UpdateWriterOptions extends Requested {
  readonly manager: string;
  readonly clock: Clock;
}

/** Writes down what one writer changes. */
export class UpdateWriter implements FieldsWriter {
  readonly #options: UpdateWriterOptions;

  constructor(options: UpdateWriterOptions) {
    this.#options = options;
  }

  track(
    next: KubeObject,
    previous: KubeObject | undefined,
  ): ManagedFieldsEntry[] | undefined {
    const { kind, subresource, manager, clock } = this.#options;
    const managed = this.#managed(next, previous);
    // Objects whose managers have been reset, or that are older than this, get none until somebody applies.
    if (managed.length === 0 && previous !== undefined) return undefined;
    const writer: Manager = {
      manager,
      operation: "Update",
      apiVersion: groupVersion(kind),
      subresource,
    };
    const after = updateFields(managed, {
      before: previous === undefined ? this.#nothing() : this.#shown(previous),
      after: this.#shown(next),
      versions: versionsOf(this.#options),
    }, { writer, time: formatTime(clock.now()) });
    return entriesOf(after);
  }

  /** The managers before the write: those that the client sends, if it may and they make sense, else those that are there. */
  #managed(
    next: KubeObject,
    previous: KubeObject | undefined,
  ): readonly Managed[] {
    const sent = next.metadata.managedFields;
    const kept = previous?.metadata.managedFields;
    if (this.#options.subresource === "") {
      if (isReset(sent)) return [];
      const own = sent !== undefined && !areTheSame(sent, kept);
      const read = own ? readManaged(sent) : undefined;
      if (read !== undefined && read.length > 0) return read;
    }
    return managedOf(kept);
  }

  #shown(stored: KubeObject): JsonObject {
    const { view } = this.#options;
    return asJson(view === undefined ? stored : view.show(stored));
  }

  /** What a new object is compared with: what the type has in any case. */
  #nothing(): JsonObject {
    return asJson(this.#options.kind.schema.empty());
  }
}

/** Whether entries are those of the object itself, carried along by a patch or sent back as they were read; then they need no reading. */
function areTheSame(
  sent: readonly ManagedFieldsEntry[],
  kept: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  return kept !== undefined && sameJson(sent, kept);
}
