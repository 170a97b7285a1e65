/**
 * The object of a write as a webhook sees it: in the version that it asked for, or the Scale that stands for it.
 *
 * @module
 */
import type { KubeObject, ScaleFields } from "../../api/kind.ts";
import { type AnyKind, groupVersion } from "../../api/registry.ts";
import type { AsyncAttributes } from "../admission/async_admission.ts";
import { viewOf } from "../view.ts";
import type { ReviewSubject } from "./admission_review.ts";

/** What a webhook sees, and the way back. */
export interface Subject extends ReviewSubject {
  /** A changed object as the write's own kind has it. */
  back(changed: KubeObject): KubeObject;
}

const SCALE = { group: "autoscaling", version: "v1", kind: "Scale" };

/** Makes what a webhook sees. */
export async function subjectOf(
  attributes: AsyncAttributes,
  kind: AnyKind,
): Promise<Subject> {
  const { object, previous, subresource } = attributes;
  const own = attributes.kind;
  if (subresource === "scale" && own.scale !== undefined) {
    return scaleSubject(attributes, kind, own.scale);
  }
  if (kind === own) {
    return {
      kind,
      object: named(object, own),
      previous: named(previous, own),
      back: (changed) => changed,
    };
  }
  const both = [object, previous].flatMap((one) =>
    one === undefined ? [] : [one]
  );
  await kind.stored?.prepare(both.map((one) => JSON.stringify(one)));
  return {
    kind,
    object: object === undefined ? undefined : convert(object, own, kind),
    previous: previous === undefined ? undefined : convert(previous, own, kind),
    back: (changed) => convert(changed, kind, own),
  };
}

/** With `kind` and `apiVersion`, first of all. */
function named(
  object: KubeObject | undefined,
  kind: AnyKind,
): KubeObject | undefined {
  return object === undefined
    ? undefined
    : { ...object, kind: kind.kind, apiVersion: groupVersion(kind) };
}

function convert(object: KubeObject, from: AnyKind, to: AnyKind): KubeObject {
  if (to.stored !== undefined) return to.stored.of(object);
  const stored = viewOf(from)?.store(object) ?? object;
  const shown = viewOf(to)?.show(stored) ?? stored;
  return named(shown, to)!;
}

function scaleSubject(
  { object, previous }: AsyncAttributes,
  kind: AnyKind,
  fields: ScaleFields<KubeObject>,
): Subject {
  const shown = (one: KubeObject | undefined) =>
    one === undefined ? undefined : scaleOf(one, fields);
  return {
    kind,
    shown: SCALE,
    object: shown(object),
    previous: shown(previous),
    back(changed) {
      const { spec } = changed as KubeObject & { spec?: { replicas?: number } };
      const next: KubeObject = structuredClone(object!);
      fields.setReplicas(next, spec?.replicas ?? 0);
      return next;
    },
  };
}

function scaleOf(
  object: KubeObject,
  fields: ScaleFields<KubeObject>,
): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } =
    object.metadata;
  const selector = fields.selector(object);
  const scale = {
    kind: SCALE.kind,
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: fields.replicas(object) },
    status: {
      replicas: fields.statusReplicas(object),
      ...(selector === "" ? {} : { selector }),
    },
  };
  // What is undefined is left out.
  return JSON.parse(JSON.stringify(scale));
}
