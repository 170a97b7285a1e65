/**
 * Which subresources a document describes, and what each speaks.
 *
 * @module
 */
import {
  type TokenRequest,
  tokenRequest,
} from "../authentication/token_request.ts";
import { type Scale, scale } from "../autoscaling/scale.ts";
import { bindings } from "../core/binding.ts";
import { defineKind } from "../define.ts";
import type { Verb } from "../kind.ts";
import { evictions } from "../policy/eviction.ts";
import type { AnyKind } from "../registry.ts";

/** A subresource that is spoken of in a document. Streams and proxies are not: no client reads of them there. */
export interface Subresource {
  /** For example `status`. */
  readonly name: string;
  /** What may be done with it. */
  readonly verbs: readonly Verb[];
  /** The kind that it takes and gives, where that is not the kind itself. */
  readonly speaks?: AnyKind;
}

const scales: AnyKind = defineKind<Scale>({
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  plural: "scales",
  namespaced: true,
  type: scale,
});

const tokenRequests: AnyKind = defineKind<TokenRequest>({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  plural: "tokenrequests",
  namespaced: true,
  type: tokenRequest,
});

const PART: readonly Verb[] = ["get", "update", "patch"];

/** By plural and name; a star stands for every kind. */
const KNOWN: Readonly<Record<string, Omit<Subresource, "name">>> = {
  "*/status": { verbs: PART },
  "*/scale": { verbs: PART, speaks: scales },
  "pods/binding": { verbs: ["create"], speaks: bindings },
  "pods/eviction": { verbs: ["create"], speaks: evictions },
  "serviceaccounts/token": { verbs: ["create"], speaks: tokenRequests },
  "namespaces/finalize": { verbs: ["update"] },
};

/** The subresources of a kind that are spoken of. */
export function subresourcesOf(kind: AnyKind): Subresource[] {
  return kind.subresources.flatMap((name) => {
    const known = KNOWN[`${kind.plural}/${name}`] ?? KNOWN[`*/${name}`];
    if (known !== undefined) return [{ name, ...known }];
    return kind.parts?.[name] === undefined ? [] : [{ name, verbs: PART }];
  });
}
