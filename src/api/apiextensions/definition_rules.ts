/**
 * Rules for CustomResourceDefinitions.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { unchanged } from "../validation/meta.ts";
import { isDns1035Label, isDnsSubdomain } from "../validation/names.ts";
import { oneOf } from "../validation/values.ts";
import { validateWebhookClient } from "../validation/webhook_client.ts";
import { validateApproval } from "./approval.ts";
import type { CustomResourceDefinition } from "./custom_resource_definition.ts";
import type {
  CustomResourceConversion,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from "./custom_resource_definition_spec.ts";
import { knownFormat } from "./format.ts";
import { type JSONSchemaProps, parts } from "./json_schema.ts";
import { validateSchema } from "./schema_rules.ts";
import {
  validateColumns,
  validateDeprecation,
  validateSelectableFields,
  validateSubresources,
} from "./version_rules.ts";

/** Rules for a definition. */
export function validateDefinition(
  { metadata, spec, status }: CustomResourceDefinition,
): FieldError[] {
  const found: FieldError[] = [];
  const { name = "" } = metadata;
  if (name !== `${spec.names.plural}.${spec.group}`) {
    found.push(
      invalidValue(
        "metadata.name",
        name,
        'must be spec.names.plural+"."+spec.group',
      ),
    );
  }
  found.push(...validateSpec(spec));
  if (status?.acceptedNames !== undefined) {
    found.push(...validateNames(status.acceptedNames, "status.acceptedNames"));
  }
  found.push(
    ...validateStoredVersions(status?.storedVersions ?? [], spec.versions),
  );
  const fresh = metadata.resourceVersion === undefined;
  if (fresh) found.push(...validateApproval(metadata, spec.group));
  if (spec.preserveUnknownFields === true) {
    found.push(
      invalidValue(
        "spec.preserveUnknownFields",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ),
    );
  }
  return found;
}

/** Rules for a change. */
export function validateDefinitionUpdate(
  next: CustomResourceDefinition,
  previous: CustomResourceDefinition,
): FieldError[] {
  const [spec, old] = [next.spec, previous.spec];
  const same = (
    path: string,
    of: (spec: CustomResourceDefinitionSpec) => unknown,
  ) => unchanged(`spec.${path}`, { next: of(spec), previous: of(old) });
  const established =
    previous.status?.conditions?.some(({ type, status }) =>
      type === "Established" && status === "True"
    ) ?? false;
  return [
    ...(established
      ? [
        ...same("scope", ({ scope }) => scope),
        ...same("names.kind", ({ names }) => names.kind),
      ]
      : []),
    ...same("group", ({ group }) => group),
    ...same("names.plural", ({ names }) => names.plural),
    ...validateApproval(next.metadata, spec.group, previous.metadata),
  ];
}

/** Rules for a change of status. */
export function validateDefinitionStatus(
  { status }: CustomResourceDefinition,
): FieldError[] {
  return status?.acceptedNames === undefined
    ? []
    : validateNames(status.acceptedNames, "status.acceptedNames");
}

/** Formats that are not known, and so not checked. */
export function warnOfDefinition(
  { spec }: CustomResourceDefinition,
  previous?: CustomResourceDefinition,
): string[] {
  const before = new Set(
    previous === undefined ? [] : unknownFormats(previous.spec),
  );
  return unknownFormats(spec).filter((format) => !before.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`);
}

function unknownFormats(spec: CustomResourceDefinitionSpec): string[] {
  return spec.versions.flatMap(({ schema }) => {
    const root = schema?.openAPIV3Schema;
    return root === undefined ? [] : [...parts(root)].flatMap((part) => {
      const { format = "", ...rest } = part;
      const plain = { ...rest, format, "x-kubernetes-int-or-string": false };
      return format !== "" && knownFormat(plain) === "" ? [format] : [];
    });
  });
}

/** Where a part of all versions is told of: Kubernetes moves what is the same in all of them to the top. */
function shared<P>(
  versions: readonly CustomResourceDefinitionVersion[],
  part: (version: CustomResourceDefinitionVersion) => P | undefined,
): P | undefined {
  const first = versions[0] === undefined ? undefined : part(versions[0]);
  return first !== undefined &&
      versions.every((version) => sameJson(part(version), first))
    ? first
    : undefined;
}

function validateSpec(spec: CustomResourceDefinitionSpec): FieldError[] {
  const { versions } = spec;
  const names = versions.map(({ name }) => name);
  const found = [
    ...validateGroup(spec.group),
    ...oneOf("spec.scope", spec.scope, ["Cluster", "Namespaced"]),
    ...versions.flatMap(({ schema }, i) =>
      schema?.openAPIV3Schema === undefined
        ? [required(`spec.versions[${i}].schema.openAPIV3Schema`)]
        : []
    ),
    ...validateVersions(versions),
  ];
  if (new Set(names).size !== names.length) {
    found.push(
      invalidValue(
        "spec.versions",
        versions,
        "must contain unique version names",
      ),
    );
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    found.push(
      invalidValue(
        "spec.versions",
        versions,
        "must have exactly one version marked as storage version",
      ),
    );
  }
  for (const name of ["plural", "singular", "kind", "listKind"] as const) {
    if (!spec.names[name]) found.push(required(`spec.names.${name}`));
  }
  return [
    ...found,
    ...validateNames(spec.names, "spec.names"),
    ...validateConversion(spec.conversion),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (group === "") return [required("spec.group")];
  const wrong = isDnsSubdomain(group);
  if (wrong.length > 0) {
    return [invalidValue("spec.group", group, wrong.join(","))];
  }
  return group.includes(".") ? [] : [
    invalidValue(
      "spec.group",
      group,
      "should be a domain with at least one dot",
    ),
  ];
}

function validateVersions(
  versions: readonly CustomResourceDefinitionVersion[],
): FieldError[] {
  const schema = shared(versions, (version) => version.schema);
  const subresources = shared(versions, (version) => version.subresources);
  const columns = shared(
    versions,
    (version) => version.additionalPrinterColumns,
  );
  const selectable = shared(versions, (version) => version.selectableFields);
  const hasStatus = versions.some((version) =>
    version.subresources?.status !== undefined
  );
  const found = versions.flatMap((version, i) => {
    const at = `spec.versions[${i}]`;
    const wrong = isDns1035Label(version.name);
    const root = version.schema?.openAPIV3Schema;
    return [
      ...(wrong.length === 0
        ? []
        : [invalidValue(`${at}.name`, version.name, wrong.join(","))]),
      ...validateDeprecation(version, at),
      ...(schema !== undefined || root === undefined
        ? []
        : validateSchema(root, `${at}.schema.openAPIV3Schema`, {
          hasStatus: version.subresources?.status !== undefined,
        })),
      ...(subresources !== undefined
        ? []
        : validateSubresources(version.subresources, `${at}.subresources`)),
      ...(columns !== undefined ? [] : validateColumns(
        version.additionalPrinterColumns ?? [],
        `${at}.additionalPrinterColumns`,
      )),
      ...(selectable !== undefined ? [] : validateSelectableFields(
        version.selectableFields ?? [],
        `${at}.selectableFields`,
        root,
      )),
    ];
  });
  const root: JSONSchemaProps | undefined = schema?.openAPIV3Schema;
  return [
    ...found,
    ...(root === undefined
      ? []
      : validateSchema(root, "spec.validation.openAPIV3Schema", { hasStatus })),
    ...validateSubresources(subresources, "spec.subresources"),
    ...validateColumns(columns ?? [], "spec.additionalPrinterColumns"),
    ...validateSelectableFields(
      selectable ?? [],
      "spec.selectableFields",
      versions[0]?.schema?.openAPIV3Schema,
    ),
  ];
}

function validateNames(
  names: CustomResourceDefinitionNames,
  field: string,
): FieldError[] {
  const label = (path: string, value: string | undefined, kind = false) => {
    if (!value) return [];
    const wrong = isDns1035Label(kind ? value.toLowerCase() : value);
    if (wrong.length === 0) return [];
    const text = wrong.join(",");
    return [
      invalidValue(
        `${field}.${path}`,
        value,
        kind
          ? `may have mixed case, but should otherwise match: ${text}`
          : text,
      ),
    ];
  };
  return [
    ...label("plural", names.plural),
    ...label("singular", names.singular),
    ...label("kind", names.kind, true),
    ...label("listKind", names.listKind, true),
    ...(names.shortNames ?? []).flatMap((name, i) =>
      label(`shortNames[${i}]`, name)
    ),
    ...(names.kind && names.kind === names.listKind
      ? [
        invalidValue(
          `${field}.listKind`,
          names.listKind,
          "kind and listKind may not be the same",
        ),
      ]
      : []),
    ...(names.categories ?? []).flatMap((name, i) =>
      label(`categories[${i}]`, name)
    ),
  ];
}

const REVIEW_VERSIONS = ["v1", "v1beta1"];

function validateConversion(
  conversion: CustomResourceConversion | undefined,
): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  const field = "spec.conversion";
  const found = strategy === ""
    ? [required(`${field}.strategy`)]
    : strategy === "None" || strategy === "Webhook"
    ? []
    : [notSupported(`${field}.strategy`, strategy, ["None", "Webhook"])];
  const client = webhook?.clientConfig;
  if (strategy !== "Webhook") {
    if (client !== undefined) {
      found.push(
        forbiddenField(
          `${field}.webhookClientConfig`,
          "should not be set when strategy is not set to Webhook",
        ),
      );
    }
    if ((webhook?.conversionReviewVersions ?? []).length > 0) {
      found.push(
        forbiddenField(
          `${field}.conversionReviewVersions`,
          "should not be set when strategy is not set to Webhook",
        ),
      );
    }
    return found;
  }
  found.push(
    ...(client === undefined
      ? [
        required(
          `${field}.webhookClientConfig`,
          "required when strategy is set to Webhook",
        ),
      ]
      : validateWebhookClient(`${field}.webhookClientConfig`, client)),
  );
  return [
    ...found,
    ...validateReviewVersions(
      webhook?.conversionReviewVersions ?? [],
      `${field}.conversionReviewVersions`,
    ),
  ];
}

function validateReviewVersions(
  versions: readonly string[],
  field: string,
): FieldError[] {
  if (versions.length === 0) return [required(field)];
  const found = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalidValue(`${field}[${i}]`, version, "duplicate version")]
      : isDns1035Label(version).map((wrong) =>
        invalidValue(`${field}[${i}]`, version, wrong)
      )
  );
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    found.push(
      invalidValue(
        field,
        versions,
        `must include at least one of ${REVIEW_VERSIONS.join(", ")}`,
      ),
    );
  }
  return found;
}

function validateStoredVersions(
  stored: readonly string[],
  versions: readonly CustomResourceDefinitionVersion[],
): FieldError[] {
  const field = "status.storedVersions";
  if (stored.length === 0) {
    return [
      invalidValue(field, stored, "must have at least one stored version"),
    ];
  }
  return [
    ...versions.filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) =>
        invalidValue(field, stored, `must have the storage version ${name}`)
      ),
    ...stored.flatMap((name, i) =>
      versions.some((version) => version.name === name) ? [] : [
        invalidValue(
          `${field}[${i}]`,
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      ]
    ),
  ];
}
