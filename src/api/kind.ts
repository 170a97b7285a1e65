/**
 * What a kind is: data that generic code (apiserver, client, CLI) works on. One file per kind exports its types and one
 * {@linkcode Kind}; `registry.ts` lists them all.
 *
 * @module
 */
import type { ObjectMeta } from "./meta.ts";
import type { Field } from "./schema/words.ts";
import type { Shape } from "./shape.ts";

/** Where a kind lives in the API, enough for a client to call it. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** "" is the core group. */
  readonly group: string;
  /** "v1" */
  readonly version: string;
  /** "Pod" */
  readonly kind: string;
  /** "pods" */
  readonly plural: string;
  /** Whether objects live in a namespace. */
  readonly namespaced: boolean;
  /** Carries the type only; never set. */
  readonly _type?: T;
}

/** The parts that every stored object has. */
export interface KubeObject {
  /** `v1`, `apps/v1` … */
  apiVersion?: string;
  /** `Pod` */
  kind?: string;
  /** Name, labels and so on. */
  metadata: ObjectMeta;
}

/** One thing that is wrong with an object, as Kubernetes words it in `details.causes`. */
export interface FieldError {
  /** "FieldValueRequired", "FieldValueInvalid", "FieldValueNotSupported", "FieldValueDuplicate", "FieldValueForbidden", "FieldValueTooLong", "FieldValueTypeInvalid", "FieldValueNotFound" … */
  readonly reason: string;
  /** `spec.containers[0].name` */
  readonly field: string;
  /** The text after the field, for example `Required value` or `Invalid value: "x": must be no more than 63 characters`. */
  readonly message: string;
}

/** The one-method face of a schema (zod inside). */
export interface Schema<T> {
  /** The zod type with its patch facts; for strategic merge and OpenAPI. */
  readonly type?: Field<T>;
  /** Name of the type in OpenAPI, where it is not made of words. */
  readonly component?: string;
  /** How its parts are merged and owned; for server-side apply. */
  readonly shape: Shape;
  /**
   * Checks the shape of decoded JSON: types, and unknown fields (which are dropped and named). Does not apply defaults or rules.
   * `null` for an optional field means absent, as in Kubernetes' decoder.
   */
  decode(value: unknown): {
    /** The object without unknown fields; absent when a type is wrong. */
    readonly object?: T;
    /** Kubernetes' strict decoding texts: `unknown field "spec.foo"`. */
    readonly unknownFields: readonly string[];
    /** Type errors, in the words of kube-apiserver's decoder, for example `json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool`. */
    readonly typeError?: string;
  };
  /** An object in which nothing has been said: what is written in any case, as zero values. */
  empty(): T;
  /** OpenAPI v3 schema of this type (components by Kubernetes' names: `io.k8s.api.core.v1.Pod`), with `x-kubernetes-*` extensions. */
  openapi(): OpenApiSchema;
}

/** A JSON Schema of OpenAPI 3.0 as Kubernetes publishes it. */
export interface OpenApiSchema {
  /** Any keyword of JSON Schema. */
  readonly [keyword: string]: unknown;
}

/** A column of `kubectl get`. */
export interface Column<T> {
  /** "Name" */
  readonly name: string;
  /** How it is aligned and compared. */
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** "name" for the object's name column. */
  readonly format?: string;
  /** What it shows, for people. */
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
  /** The cell; `now` is for ages. */
  cell(object: T, now: number): string | number | boolean | null;
}

/** What the strategy may ask and use. All pure. */
export interface StrategyContext {
  /** Now, for time stamps. */
  readonly now: number;
  /** Who asks. */
  readonly user: {
    readonly name: string;
    readonly groups: readonly string[];
    readonly uid?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

/** A subresource that reads and writes part of the object. */
export type StandardSubresource = "status" | "scale";

/** How a subresource beside status writes a part of the object (`approval` of a CertificateSigningRequest). */
export interface PartStrategy<T extends KubeObject> {
  /** Before an update: restores all but the part, in place. */
  prepareForUpdate(next: T, previous: T, context: StrategyContext): void;
  /** Rules for the change. */
  validateUpdate(next: T, previous: T): FieldError[];
}

/** All that generic code needs to know of a kind. */
export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  /** "PodList" unless said otherwise. */
  readonly listKind: string;
  /** "pod" */
  readonly singular: string;
  /** "po" */
  readonly shortNames: readonly string[];
  /** "all" */
  readonly categories: readonly string[];
  /** Storage prefix without the trailing slash: "pods", "apps/deployments". */
  readonly storagePrefix: string;
  /** Reads objects of this kind. */
  readonly schema: Schema<T>;
  /** The verbs it supports; all eight unless said otherwise (Binding has only create). */
  readonly verbs: readonly Verb[];
  /** "status" and "scale" are generic; others (log, binding, exec …) have handlers in the apiserver. */
  readonly subresources: readonly string[];
  /** Fills in defaults, in place. Called on every decoded object. */
  setDefaults(object: T): void;
  /** Before a create: clears status, sets generation and so on, in place. */
  prepareForCreate(object: T, context: StrategyContext): void;
  /** Before an update of the main resource: restores what it may not change (status), bumps generation when the spec changed, in place. */
  prepareForUpdate(next: T, previous: T, context: StrategyContext): void;
  /** Before an update of the status subresource: restores all but status, in place. Absent when there is no status. */
  prepareForStatusUpdate?(next: T, previous: T, context: StrategyContext): void;
  /** Rules for a whole object, all findings. One that has no resourceVersion yet is new. */
  validate(object: T): FieldError[];
  /** Rules for a change (immutable fields and so on), beside {@linkcode Kind.validate} of the new object. */
  validateUpdate(next: T, previous: T): FieldError[];
  /** Rules for a change of status. */
  validateStatusUpdate?(next: T, previous: T): FieldError[];
  /** Subresources beside status that write a part of the object, by name. */
  readonly parts?: Readonly<Record<string, PartStrategy<T>>>;
  /** Things to warn of (HTTP `Warning: 299`). */
  warnings?(object: T, previous?: T): string[];
  /** What every answer of a deprecated kind warns of. */
  readonly deprecation?: string;
  /** Values for field selectors beside metadata.name and metadata.namespace, by path; the keys are the supported selectors. */
  selectableFields?(object: T): Record<string, string>;
  /** Names of the supported field selectors beyond metadata.name and metadata.namespace. */
  readonly fieldSelectors: readonly string[];
  /** What `kubectl get` shows. */
  readonly columns: readonly Column<T>[];
  /** Where scale lives in the object; needed with the scale subresource. */
  readonly scale?: ScaleFields<T>;
  /** How objects lie in the store; absent when they lie there as this kind has them. Custom kinds have it. */
  readonly stored?: StoredForm<T>;
  /** Whether a PUT must say which version of the object it replaces. @default false */
  readonly needsRevision?: boolean;
  /**
   * Whether deletion waits gracefully (Pod): the grace in seconds that applies, given what the client asked for, if anything; 0 and a kind without this
   * delete at once.
   */
  gracePeriodSeconds?(object: T, requested?: number): number;
}

/** How objects of a kind lie in the store, and become this kind's again: in another version, or written when the schema was another. */
export interface StoredForm<T> {
  /** Tells this form apart from other forms of the same rows, for what is remembered of encodings. */
  readonly form: string;
  /** An object of any version as this kind has it; the given one stays as it is. @throws when that takes waiting; see {@linkcode StoredForm.prepare} */
  of(object: KubeObject): T;
  /** The object of a stored text. @throws as {@linkcode StoredForm.of} */
  read(text: string): T;
  /** The object as it is to be stored, whichever version it is in; the given one stays as it is. */
  write(object: T): KubeObject;
  /** A stored text as clients of this kind see it; one that is theirs already stays. */
  show(text: string): string;
  /** Resolves when these texts can be read at once; undefined when they can be now. */
  prepare(texts: readonly string[]): Promise<void> | undefined;
}

/** How the Scale subresource maps to an object. */
export interface ScaleFields<T> {
  /** How many are wished for. */
  replicas(object: T): number;
  /** Wishes for another number, in place. */
  setReplicas(object: T, replicas: number): void;
  /** How many there are. */
  statusReplicas(object: T): number;
  /** The label selector as a string. */
  selector(object: T): string;
}

/** Verbs of the API. */
export type Verb =
  | "create"
  | "get"
  | "list"
  | "watch"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";
