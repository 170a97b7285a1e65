/**
 * The rules of projected volumes: several sources in one folder.
 *
 * @module
 */
import { forbiddenField, invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../core/volume_projection.ts";
import { unreservedPath, validateMode } from "./values.ts";
import { validateDownwardFile, validateKeyToPath } from "./volume.ts";

const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const SOURCES = [
  "secret",
  "configMap",
  "downwardAPI",
  "serviceAccountToken",
  "clusterTrustBundle",
  "podCertificate",
] as const;

/** The paths that the sources of one volume have taken. */
class Paths {
  readonly #taken = new Set<string>();

  take(
    path: string,
    { field, value }: { field: string; value: string },
  ): FieldError[] {
    if (path === "") return [];
    if (this.#taken.has(path)) {
      return [invalidValue(field, value, "conflicting duplicate paths")];
    }
    this.#taken.add(path);
    return [];
  }
}

function validateToken(
  { expirationSeconds = 0, path }: ServiceAccountTokenProjection,
  field: string,
  volumeField: string,
): FieldError[] {
  const found: FieldError[] = [];
  if (expirationSeconds < MIN_TOKEN_SECONDS) {
    found.push(
      invalidValue(
        `${field}.expirationSeconds`,
        expirationSeconds,
        "may not specify a duration less than 10 minutes",
      ),
    );
  }
  if (expirationSeconds > MAX_TOKEN_SECONDS) {
    found.push(
      invalidValue(
        `${field}.expirationSeconds`,
        expirationSeconds,
        "may not specify a duration larger than 2^32 seconds",
      ),
    );
  }
  found.push(
    ...(path === ""
      ? [required(`${volumeField}.path`)]
      : unreservedPath(`${volumeField}.path`, path)),
  );
  return found;
}

function validateSource(
  source: VolumeProjection,
  { at, field, paths }: { at: string; field: string; paths: Paths },
): FieldError[] {
  const found: FieldError[] = [];
  for (const kind of ["secret", "configMap"] as const) {
    const from = source[kind];
    if (from === undefined) continue;
    const name = from.name ?? "";
    if (name === "") found.push(required(`${at}.${kind}.name`));
    from.items?.forEach((item, i) =>
      found.push(
        ...validateKeyToPath(item, `${at}.${kind}.items[${i}]`),
        ...paths.take(item.path, { field, value: name }),
      )
    );
  }
  for (const file of source.downwardAPI?.items ?? []) {
    found.push(
      ...validateDownwardFile(file, `${at}.downwardAPI`),
      ...paths.take(file.path, { field, value: file.path }),
    );
  }
  const token = source.serviceAccountToken;
  if (token !== undefined) {
    found.push(
      ...validateToken(token, `${at}.serviceAccountToken`, field),
      ...paths.take(token.path, { field, value: token.path }),
    );
  }
  const bundle = source.clusterTrustBundle;
  if (bundle !== undefined) {
    if (bundle.path === "") {
      found.push(required(`${at}.clusterTrustBundle.path`));
    }
    found.push(...paths.take(bundle.path, { field, value: bundle.path }));
  }
  return found;
}

/** The rules of a projected volume. */
export function validateProjected(
  { defaultMode, sources = [] }: ProjectedVolumeSource,
  field: string,
): FieldError[] {
  const found = validateMode(`${field}.defaultMode`, defaultMode);
  const paths = new Paths();
  sources.forEach((source, i) => {
    const at = `${field}.sources[${i}]`;
    found.push(...validateSource(source, { at, field, paths }));
    const count = SOURCES.filter((name) => source[name] !== undefined).length;
    if (count > 1) {
      found.push(
        forbiddenField(
          at,
          "may not specify more than 1 volume type per source",
        ),
      );
    }
  });
  return found;
}
