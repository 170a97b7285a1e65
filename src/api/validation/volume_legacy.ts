/**
 * The rules of volumes from the cloud and storage drivers of old, as far as they go beyond what must be there at all.
 *
 * @module
 */
import type { Volume } from "../core/volume.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { betweenInclusive, isDnsLabel } from "./names.ts";
import { each, oneOfIfSet, requiredBy } from "./values.ts";

const MAX_LUN = 255;
const MAX_PARTITION = 255;
const MAX_TENANT = 64;
const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

/** The rules of a name of an iSCSI target or initiator. */
export function validateIscsiName(
  field: string,
  name: string,
  { unknown = "must be valid format" }: { readonly unknown?: string } = {},
): FieldError[] {
  const form = ISCSI_NAMES[name.slice(0, 3)];
  if (form === undefined) return [invalidValue(field, name, unknown)];
  return form.test(name)
    ? []
    : [invalidValue(field, name, "must be valid format")];
}

/** The number of a unit. */
export function validateLun(
  field: string,
  lun: number | undefined,
): FieldError[] {
  return lun === undefined || (lun >= 0 && lun <= MAX_LUN)
    ? []
    : [invalidValue(field, lun, betweenInclusive(0, MAX_LUN))];
}

/** Options of a driver must keep out of Kubernetes' own names. */
export function validateFlexOptions(
  options: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  return Object.keys(options ?? {}).filter((key) =>
    /\.(kubernetes|k8s)\.io$/i.test(`.${key.split("/")[0]}`)
  ).map((key) =>
    invalidValue(
      `${field}[${key}]`,
      key,
      "kubernetes.io and k8s.io namespaces are reserved",
    )
  );
}

function validatePartition(
  field: string,
  partition: number | undefined,
): FieldError[] {
  return partition === undefined ||
      (partition >= 0 && partition <= MAX_PARTITION)
    ? []
    : [invalidValue(field, partition, betweenInclusive(1, MAX_PARTITION))];
}

function secretNamed(
  secret: { readonly name?: string } | undefined,
  field: string,
): FieldError[] {
  return secret !== undefined && (secret.name ?? "") === ""
    ? [required(`${field}.name`)]
    : [];
}

type SourceName = Exclude<keyof Volume, "name">;
type Rules = {
  readonly [K in SourceName]?: (
    source: NonNullable<Volume[K]>,
    field: string,
  ) => FieldError[];
};

/** A host and a port, or several with commas between. */
function isRegistry(text: string): boolean {
  return text.split(",").every((pair) =>
    /^(?:[^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair)
  );
}

const UNKNOWN_ISCSI = {
  unknown: "must be valid format starting with iqn, eui, or naa",
};

/** By source. */
export const LEGACY_SOURCES: Rules = {
  fc: ({ targetWWNs = [], wwids = [], lun }, field) => {
    const at = `${field}.targetWWNs`;
    const found: FieldError[] = [];
    if (targetWWNs.length + wwids.length === 0) {
      found.push(
        required(at, "must specify either targetWWNs or wwids, but not both"),
      );
    }
    if (targetWWNs.length > 0 && wwids.length > 0) {
      found.push(
        invalidValue(
          at,
          targetWWNs,
          "targetWWNs and wwids can not be specified simultaneously",
        ),
      );
    }
    if (targetWWNs.length > 0) {
      found.push(
        ...(lun === undefined
          ? [
            required(
              `${field}.lun`,
              "lun is required if targetWWNs is specified",
            ),
          ]
          : validateLun(`${field}.lun`, lun)),
      );
    }
    return found;
  },
  flocker: ({ datasetName = "", datasetUUID = "" }, field) => [
    ...(datasetName === "" && datasetUUID === ""
      ? [required(field, "one of datasetName and datasetUUID is required")]
      : []),
    ...(datasetName !== "" && datasetUUID !== ""
      ? [
        invalidValue(
          field,
          "resource",
          "datasetName and datasetUUID can not be specified simultaneously",
        ),
      ]
      : []),
    ...(datasetName.includes("/")
      ? [
        invalidValue(
          `${field}.datasetName`,
          datasetName,
          "must not contain '/'",
        ),
      ]
      : []),
  ],
  quobyte: ({ registry, tenant = "", volume }, field) => {
    const why =
      "must be a host:port pair or multiple pairs separated by commas";
    return [
      ...(registry === ""
        ? [required(`${field}.registry`, why)]
        : tenant.length > MAX_TENANT
        ? [
          required(
            `${field}.tenant`,
            "must be a UUID and may not exceed a length of 64 characters",
          ),
        ]
        : isRegistry(registry)
        ? []
        : [invalidValue(`${field}.registry`, registry, why)]),
      ...(volume === "" ? [required(`${field}.volume`)] : []),
    ];
  },
  awsElasticBlockStore: ({ partition }, field) =>
    validatePartition(`${field}.partition`, partition),
  gcePersistentDisk: ({ pdName, partition }, field) => {
    // Kubernetes gives it a name of its own here.
    const at = field.replace(/gcePersistentDisk$/, "persistentDisk");
    return [
      ...(pdName === "" ? [required(`${at}.pdName`)] : []),
      ...validatePartition(`${at}.partition`, partition),
    ];
  },
  azureDisk: ({ cachingMode, kind, diskURI }, field) => {
    const managed = kind === "Managed";
    const prefix = managed ? "/subscriptions/" : "https://";
    return [
      ...oneOfIfSet(`${field}.cachingMode`, cachingMode, [
        "None",
        "ReadOnly",
        "ReadWrite",
      ]),
      ...oneOfIfSet(`${field}.kind`, kind, ["Dedicated", "Managed", "Shared"]),
      ...(kind === undefined || diskURI.startsWith(prefix) ? [] : [
        notSupported(`${field}.diskURI`, diskURI, [
          managed
            ? "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
            : "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        ]),
      ]),
    ];
  },
  iscsi: (source, field) => {
    const { iqn, lun, initiatorName, secretRef } = source;
    const chap = source.chapAuthDiscovery === true ||
      source.chapAuthSession === true;
    return [
      ...(iqn === ""
        ? []
        : validateIscsiName(`${field}.iqn`, iqn, UNKNOWN_ISCSI)),
      ...validateLun(`${field}.lun`, lun),
      ...(chap && secretRef === undefined
        ? [required(`${field}.secretRef`)]
        : []),
      ...(initiatorName === undefined ? [] : validateIscsiName(
        `${field}.initiatorname`,
        initiatorName,
        UNKNOWN_ISCSI,
      )),
    ];
  },
  flexVolume: ({ options }, field) =>
    validateFlexOptions(options, `${field}.options`),
  storageos: ({ volumeName, volumeNamespace = "", secretRef }, field) => [
    ...requiredBy(`${field}.volumeName`, volumeName, isDnsLabel),
    ...(volumeNamespace === "" ? [] : each(
      `${field}.volumeNamespace`,
      volumeNamespace,
      isDnsLabel(volumeNamespace),
    )),
    ...secretNamed(secretRef, `${field}.secretRef`),
  ],
  cinder: ({ secretRef }, field) =>
    secretNamed(secretRef, `${field}.secretRef`),
};
