/**
 * The versions of a kind as a request meets them: which of an object's fields nobody owns, and how objects look in the versions of other managers.
 *
 * @module
 */
import type { Ignored } from "../../api/apply/compare.ts";
import {
  UNOWNED_METADATA,
  type Version,
  type Versions,
} from "../../api/apply/versions.ts";
import type { KubeObject } from "../../api/kind.ts";
import type { JsonObject } from "../../api/patch/json_value.ts";
import {
  type AnyKind,
  groupVersion,
  type Registry,
} from "../../api/registry.ts";
import { type View, viewOf } from "../view.ts";

/** What a request is about. */
export interface Requested {
  readonly registry: Registry;
  /** The kind in the request's version. */
  readonly kind: AnyKind;
  /** How it is made of what is stored. */
  readonly view?: View | undefined;
  readonly subresource: string;
}

const METADATA: ReadonlySet<string> = new Set(UNOWNED_METADATA);

const MAIN: Ignored = {
  top: (name) => name === "apiVersion" || name === "kind",
  metadata: METADATA,
};

const WITHOUT_STATUS: Ignored = {
  top: (name) => name === "status" || MAIN.top(name),
  metadata: METADATA,
};

const STATUS: Ignored = {
  top: (name) => name !== "status" && name !== "metadata",
  metadata: METADATA,
};

/** What a write through a subresource ("" for the object itself) leaves as it is, and what nobody owns anyway. */
function ignoredOf(kind: AnyKind, subresource: string): Ignored {
  if (subresource === "status") return STATUS;
  return kind.subresources.includes("status") ? WITHOUT_STATUS : MAIN;
}

/** The versions of the kind of a request. */
export function versionsOf(requested: Requested): Versions {
  const { kind, subresource } = requested;
  const own: Version = {
    apiVersion: groupVersion(kind),
    shape: kind.schema.shape,
    ignored: ignoredOf(kind, subresource),
    changes: kind.schema.type === undefined,
    from: (object) => object,
    to: (object) => object,
  };
  return {
    own,
    find: (apiVersion) =>
      apiVersion === own.apiVersion ? own : findOther(requested, apiVersion),
  };
}

function findOther(
  { registry, kind, view, subresource }: Requested,
  apiVersion: string,
): Version | undefined {
  const other = registry.byKind({ apiVersion, kind: kind.kind });
  if (other === undefined) return undefined;
  const otherView = viewOf(other);
  const rows = ({ storagePrefix }: AnyKind) => storagePrefix;
  const same = rows(otherView?.stored ?? other) === rows(view?.stored ?? kind);
  if (!same) return undefined;
  return {
    apiVersion,
    shape: other.schema.shape,
    ignored: ignoredOf(other, subresource),
    changes: other.schema.type === undefined,
    from: (object) => versionOf(other, shown(otherView, stored(view, object))),
    to: (object) => versionOf(kind, shown(view, stored(otherView, object))),
  };
}

/** Objects of custom kinds are converted as their definition says. */
function versionOf({ stored }: AnyKind, object: JsonObject): JsonObject {
  return stored === undefined
    ? object
    : asJson(stored.of(object as unknown as KubeObject));
}

/** Views may share parts of what they get, which nobody here changes. */
function stored(view: View | undefined, object: JsonObject): JsonObject {
  return view === undefined ? object : asJson(view.store(object));
}

function shown(view: View | undefined, object: JsonObject): JsonObject {
  return view === undefined ? object : asJson(view.show(object));
}

/** An object of any kind is JSON. */
export function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}
