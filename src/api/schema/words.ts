/**
 * The words that type files describe their JSON with. Each answers a zod type; what zod cannot say (Go's names for error texts, merge keys,
 * which values count as absent) is filed beside it in {@linkcode factsOf}.
 *
 * Three kinds of presence, as Go's `encoding/json` has them: a bare word is always written (absent becomes its zero value), `optional(word)` is
 * left out when it is zero (`""`, `0`, `false`, `[]`, `{}`), `pointer(word)` is left out only when it is absent.
 *
 * @module
 */
import * as z from "zod/mini";

/** A zod type whose parsed value is a `V`; our narrow face of it, so that only this folder knows zod. */
export interface Field<V> {
  /** zod's own; see `zodOf` in `decode.ts`. */
  readonly _zod: {
    /** Carries the type only. */
    readonly output: V;
  };
}

/** A field that may be absent. */
export type OptionalField<V> = Field<V | undefined>;

type Zod = z.core.$ZodType;

/** A word for each property of `T`. */
export type Fields<T> = {
  readonly [K in keyof T]-?: OptionalField<NonNullable<T[K]>>;
};

/** An amount with a unit, for example `500m` or `64Mi`; see `quantity.ts`. */
export type Quantity = string;

/** Amounts by resource name. */
export type ResourceList = Record<string, Quantity>;

/** A number, or a name or percentage. */
export type IntOrString = number | string;

/** Strings that need a look of their own. */
export type Format =
  | "quantity"
  | "time"
  | "micro-time"
  | "int-or-string"
  | "bytes"
  | "any"
  | "any-object";

/** How a list behaves in server-side apply. */
export type ListType = "atomic" | "set" | "map";

/** How a list or object is patched. */
export interface PatchFacts {
  /** `x-kubernetes-list-type`. */
  readonly type?: ListType;
  /** `x-kubernetes-list-map-keys`. */
  readonly keys?: readonly string[];
  /** `x-kubernetes-patch-strategy`: "merge", "replace", "retainKeys" or both with a comma. */
  readonly strategy?: string;
  /** `x-kubernetes-patch-merge-key`. */
  readonly mergeKey?: string;
}

/** What is known of a zod type beside its shape. */
export interface Facts extends PatchFacts {
  /** The type's name in Go, for decoder errors: `v1.PodSpec`. */
  readonly go?: string;
  /** The OpenAPI component: `io.k8s.api.core.v1.PodSpec`. */
  readonly component?: string;
  /** The form of a string that is more than that. */
  readonly format?: Format;
  /** A string without further form. */
  readonly leaf?: boolean;
  /** Present even when zero. */
  readonly pointer?: boolean;
  /** Whether a client must send it; else that follows from its presence. */
  readonly needed?: boolean;
  /** The default to publish. */
  readonly default?: string | number | boolean;
  /** `x-kubernetes-map-type`: atomic, or when false granular though the type is atomic elsewhere. */
  readonly atomic?: boolean;
  /** What may stand instead: a boolean, or a list of the same. JSON Schema has such places. */
  readonly or?: "bool" | "list";
}

const facts = z.registry<Facts>();

/** What was said of a zod type by the words below. */
export function factsOf(field: Field<unknown>): Facts {
  return facts.get(field as Zod) ?? {};
}

function told<V>(field: Field<V>, said: Facts): Field<V> {
  facts.add(field as Zod, { ...factsOf(field), ...said });
  return field;
}

/** Any string. */
export const str: Field<string> = told(z.string(), {
  go: "string",
  leaf: true,
});
/** A boolean. */
export const bool: Field<boolean> = told(z.boolean(), { go: "bool" });
/** A whole number of 32 bits. */
export const int32: Field<number> = told(z.int32(), { go: "int32" });
/** A whole number; JavaScript holds it exactly up to 2^53. */
export const int64: Field<number> = told(z.int(), { go: "int64" });
/** A floating-point number. */
export const double: Field<number> = told(z.number(), { go: "float64" });
/** A UID. */
export const uid: Field<string> = told(z.string(), {
  go: "types.UID",
  leaf: true,
});
/** An RFC 3339 time in whole seconds. */
export const time: Field<string> = told(z.string(), {
  go: "v1.Time",
  format: "time",
  component: "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
});
/** An RFC 3339 time in microseconds. */
export const microTime: Field<string> = told(z.string(), {
  go: "v1.MicroTime",
  format: "micro-time",
  component: "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
});
/** A {@linkcode Quantity}; numbers are taken too and become canonical strings. */
export const quantity: Field<Quantity> = told(z.string(), {
  go: "resource.Quantity",
  format: "quantity",
  component: "io.k8s.apimachinery.pkg.api.resource.Quantity",
});
/** A whole number or a string. */
export const intOrString: Field<IntOrString> = told(
  z.union([z.int32(), z.string()]),
  {
    go: "intstr.IntOrString",
    format: "int-or-string",
    component: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  },
);
/** Base64 of any bytes. */
export const bytes: Field<string> = told(z.string(), {
  go: "[]uint8",
  format: "bytes",
});
/** Any JSON at all. */
export const anyValue: Field<unknown> = told(z.unknown(), {
  go: "runtime.RawExtension",
  format: "any",
  component: "io.k8s.apimachinery.pkg.runtime.RawExtension",
});
/** Any JSON object. */
export const anyObject: Field<Record<string, unknown>> = told(
  z.record(z.string(), z.unknown()),
  {
    go: "v1.FieldsV1",
    format: "any-object",
    component: "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
  },
);
/** `apiVersion` and `kind`, which every top-level object has. */
export const typeMeta: {
  readonly kind: OptionalField<string>;
  readonly apiVersion: OptionalField<string>;
} = { kind: optional(str), apiVersion: optional(str) };

/** A string type with a name of its own in Go, for example `v1.Protocol`; which values are right is a matter of validation. */
export function named<V extends string = string>(go: string): Field<V> {
  return told(z.string() as unknown as Field<V>, { go, leaf: true });
}

/** Left out when zero. */
export function optional<V>(field: Field<V>): OptionalField<V> {
  return z.optional(field as Zod) as unknown as OptionalField<V>;
}

/** Left out only when absent. */
export function pointer<V>(field: Field<V>): OptionalField<V> {
  const optional: Field<unknown> = z.optional(field as Zod);
  return told(optional as OptionalField<V>, { pointer: true });
}

/** A list; how it is patched comes with it. */
export function list<V>(field: Field<V>, patch: PatchFacts = {}): Field<V[]> {
  return told(z.array(field as Zod) as unknown as Field<V[]>, patch);
}

/** An object with free keys. */
export function map<V>(field: Field<V>): Field<Record<string, V>> {
  const type: Field<unknown> = z.record(z.string(), field as Zod);
  return told(type as Field<Record<string, V>>, {});
}

/** Amounts by resource name. */
export const resourceList: Field<ResourceList> = told(
  z.record(z.string(), quantity as Zod) as unknown as Field<ResourceList>,
  { go: "v1.ResourceList" },
);

/** An object type of Kubernetes; `fields` is called once, when first needed, so that types may refer to each other. */
export function object<T>(
  component: string,
  fields: () => Fields<T>,
  said: Facts = {},
): Field<T> {
  const [version, name] = component.split(".").slice(-2);
  // zod asks anew each time that a definition is looked at.
  let made: Zod | undefined;
  const type = z.lazy(() =>
    made ??= z.strictObject(fields() as unknown as Record<string, Zod>)
  );
  return told(type as unknown as Field<T>, {
    go: `${version}.${name}`,
    component,
    ...said,
  });
}

/** A field that a client must send, though it may be left out or is always written. */
export function needed<F extends Field<unknown>>(field: F): F {
  return derived(field, { needed: true });
}

/** A field that a client need not send, though it is always written. */
export function notNeeded<F extends Field<unknown>>(field: F): F {
  return derived(field, { needed: false });
}

/** A field whose default is published. */
export function defaulted<F extends Field<unknown>>(
  field: F,
  value: string | number | boolean,
): F {
  return derived(field, { default: value });
}

/** The same field with more facts; an optional one stays optional. */
function derived<F extends Field<unknown>>(field: F, said: Facts): F {
  const def = (field as Field<unknown> as Zod)._zod.def as {
    readonly type: string;
    readonly innerType?: Field<unknown>;
  };
  const copy = def.type === "optional"
    ? z.optional(def.innerType! as Zod)
    : z.lazy(() => field as Field<unknown> as Zod);
  return told(copy as Field<unknown>, { ...factsOf(field), ...said }) as F;
}

/** The same field with facts of its own on how it is patched here. */
export function patched<V>(field: Field<V>, patch: PatchFacts): Field<V> {
  return derived(field, patch);
}

/** The same field, merged part by part by server-side apply though its type is replaced as a whole elsewhere. */
export function granular<F extends Field<unknown>>(field: F): F {
  return derived(field, { atomic: false });
}

/** The same field, replaced as a whole by server-side apply. */
export function atomic<V>(field: Field<V>): Field<V> {
  return derived(field, { atomic: true });
}

/** A value that may be something simpler instead. */
export function either<V, A>(
  field: Field<V>,
  or: "bool" | "list",
): Field<V | A> {
  return derived(field as Field<V | A>, { or });
}
