/**
 * Makes a {@linkcode Kind} from what is particular about it; all else is how most kinds behave.
 *
 * @module
 */
import { sameJson } from "./equal.ts";
import type {
  Column,
  FieldError,
  Kind,
  KubeObject,
  PartStrategy,
  StrategyContext,
  Verb,
} from "./kind.ts";
import { ageColumn, nameColumn } from "./columns/common.ts";
import { schemaOf } from "./schema.ts";
import type { Field } from "./schema/words.ts";
import { validateMeta, validateMetaUpdate } from "./validation/meta.ts";
import { dnsSubdomain, type NameRule } from "./validation/names.ts";

/** All eight verbs. */
export const ALL_VERBS: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** What is particular about a kind. */
export interface Definition<T extends KubeObject> {
  /** "" is the core group. */
  readonly group: string;
  /** For example `v1`. */
  readonly version: string;
  /** For example `Pod`. */
  readonly kind: string;
  /** For example `pods`; lower case. */
  readonly plural: string;
  /** Whether objects live in a namespace. */
  readonly namespaced: boolean;
  /** The zod type. */
  readonly type: Field<T>;
  /** What kubectl takes for one. @default the kind in lower case */
  readonly singular?: string;
  /** Kind of lists. @default kind + "List" */
  readonly listKind?: string;
  /** What kubectl takes instead of the plural, for example `po`. */
  readonly shortNames?: readonly string[];
  /** Groups of kinds that kubectl knows, for example `all`. */
  readonly categories?: readonly string[];
  /** Where rows are stored. @default the plural, below the group's first label unless it is the core group */
  readonly storagePrefix?: string;
  /** What clients may do. @default {@linkcode ALL_VERBS} */
  readonly verbs?: readonly Verb[];
  /** `status` and `scale` are generic, others have handlers in the apiserver. */
  readonly subresources?: readonly string[];
  /** Whether objects are stored; one that is only answered (a review) needs no name. @default true */
  readonly stored?: boolean;
  /** How names must look. @default {@linkcode dnsSubdomain} */
  readonly nameRule?: NameRule;
  /** Whether a change must say which version it is of. @default false */
  readonly needsRevision?: boolean;
  /** Parts whose change makes a new generation; the kind then has one from 1. */
  readonly generationOf?: (object: T) => unknown;
  /** Fills in defaults. */
  readonly setDefaults?: (object: T) => void;
  /** Whether a client may give the status of a new object (a Node that registers). @default "cleared" */
  readonly statusOnCreate?: "cleared" | "kept";
  /** After the usual (status cleared, generation 1). */
  readonly prepareForCreate?: (object: T, context: StrategyContext) => void;
  /** Before the generation is compared, after status is restored. */
  readonly prepareForUpdate?: (
    next: T,
    previous: T,
    context: StrategyContext,
  ) => void;
  /** After all but status and metadata is restored. */
  readonly prepareForStatusUpdate?: (
    next: T,
    previous: T,
    context: StrategyContext,
  ) => void;
  /** Rules beside those of metadata. */
  readonly validate?: (object: T) => FieldError[];
  /** Rules for a change beside those of metadata; the new object is validated as well. */
  readonly validateUpdate?: (next: T, previous: T) => FieldError[];
  /** Rules for a change of status beside those of metadata. */
  readonly validateStatusUpdate?: (next: T, previous: T) => FieldError[];
  /** Subresources beside status that write a part of the object, by name; the rules for changes of metadata hold as well. */
  readonly parts?: Readonly<Record<string, PartStrategy<T>>>;
  /** Things to warn of. */
  readonly warnings?: (object: T, previous?: T) => string[];
  /** What every answer warns of when the kind is deprecated. */
  readonly deprecation?: string;
  /** Values for field selectors, by path; the keys of `fieldSelectors`. */
  readonly selectableFields?: (object: T) => Record<string, string>;
  /** Supported field selectors beside name and namespace. */
  readonly fieldSelectors?: readonly string[];
  /** What `kubectl get` shows. @default name and age */
  readonly columns?: readonly Column<T>[];
  /** Where scale lives in the object. */
  readonly scale?: Kind<T>["scale"];
  /** Seconds that a deletion waits; absent deletes at once. */
  readonly gracePeriodSeconds?: (object: T, requested?: number) => number;
}

interface WithStatus {
  status?: object;
}

function restoreStatus(next: KubeObject, previous: KubeObject): void {
  const kept = (previous as WithStatus).status;
  if (kept === undefined) delete (next as WithStatus).status;
  else (next as WithStatus).status = kept;
}

/** Makes everything but status and metadata of `next` that of `previous`. */
function restoreAllButStatus(next: KubeObject, previous: KubeObject): void {
  const target = next as unknown as Record<string, unknown>;
  const source = previous as unknown as Record<string, unknown>;
  for (const key of Object.keys(target)) {
    if (key !== "status" && key !== "metadata" && !(key in source)) {
      delete target[key];
    }
  }
  for (const [key, value] of Object.entries(source)) {
    if (key !== "status" && key !== "metadata") target[key] = value;
  }
}

/** Adds the rules for changes of metadata. */
function partsOf<T extends KubeObject>(
  parts: Readonly<Record<string, PartStrategy<T>>>,
): Record<string, PartStrategy<T>> {
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, {
      prepareForUpdate: part.prepareForUpdate,
      validateUpdate: (next, previous) => [
        ...validateMetaUpdate(next.metadata, previous.metadata),
        ...part.validateUpdate(next, previous),
      ],
    }]),
  );
}

/** Makes a kind. */
export function defineKind<T extends KubeObject>(
  definition: Definition<T>,
): Kind<T> {
  const d = definition;
  const subresources = d.subresources ?? [];
  const hasStatus = subresources.includes("status");
  const rule = d.nameRule ?? dnsSubdomain;
  const folder = d.group === "" ? "" : `${d.group.split(".")[0]}/`;
  const schema = schemaOf(d.type);
  let emptyText: string | undefined;
  /** The status with what is written even when it is zero, as it is read from an object without any. */
  const emptyStatus = (): object => {
    emptyText ??= JSON.stringify(
      (schema.decode({}).object as WithStatus).status ?? {},
    );
    return emptyText === "{}" ? {} : JSON.parse(emptyText);
  };
  const kind: Kind<T> = {
    group: d.group,
    version: d.version,
    kind: d.kind,
    plural: d.plural,
    namespaced: d.namespaced,
    listKind: d.listKind ?? `${d.kind}List`,
    singular: d.singular ?? d.kind.toLowerCase(),
    shortNames: d.shortNames ?? [],
    categories: d.categories ?? [],
    storagePrefix: d.storagePrefix ?? `${folder}${d.plural}`,
    schema,
    verbs: d.verbs ?? ALL_VERBS,
    subresources,
    fieldSelectors: d.fieldSelectors ?? [],
    columns: d.columns ?? [nameColumn(), ageColumn()],
    setDefaults: (object) => d.setDefaults?.(object),
    prepareForCreate(object, context) {
      if (hasStatus && d.statusOnCreate !== "kept") {
        (object as WithStatus).status = emptyStatus();
      }
      if (d.generationOf !== undefined) object.metadata.generation = 1;
      d.prepareForCreate?.(object, context);
    },
    prepareForUpdate(next, previous, context) {
      if (hasStatus) restoreStatus(next, previous);
      d.prepareForUpdate?.(next, previous, context);
      if (d.generationOf === undefined) return;
      const before = previous.metadata.generation ?? 1;
      const same = sameJson(d.generationOf(next), d.generationOf(previous));
      next.metadata.generation = same ? before : before + 1;
    },
    validate: (object) => [
      ...(d.stored === false
        ? []
        : validateMeta(object.metadata, { namespaced: d.namespaced, rule })),
      ...d.validate?.(object) ?? [],
    ],
    validateUpdate: (next, previous) => [
      ...validateMetaUpdate(next.metadata, previous.metadata),
      ...d.validateUpdate?.(next, previous) ?? [],
    ],
    ...(hasStatus
      ? {
        prepareForStatusUpdate(next, previous, context) {
          restoreAllButStatus(next, previous);
          if (previous.metadata.generation !== undefined) {
            next.metadata.generation = previous.metadata.generation;
          }
          d.prepareForStatusUpdate?.(next, previous, context);
        },
        validateStatusUpdate: (next, previous) => [
          ...validateMetaUpdate(next.metadata, previous.metadata),
          ...d.validateStatusUpdate?.(next, previous) ?? [],
        ],
      } satisfies Partial<Kind<T>>
      : {}),
    ...(d.needsRevision === true ? { needsRevision: true } : {}),
    ...(d.parts === undefined ? {} : { parts: partsOf(d.parts) }),
    ...(d.warnings === undefined ? {} : { warnings: d.warnings }),
    ...(d.deprecation === undefined ? {} : { deprecation: d.deprecation }),
    ...(d.selectableFields === undefined
      ? {}
      : { selectableFields: d.selectableFields }),
    ...(d.scale === undefined ? {} : { scale: d.scale }),
    ...(d.gracePeriodSeconds === undefined
      ? {}
      : { gracePeriodSeconds: d.gracePeriodSeconds }),
  };
  return kind;
}
