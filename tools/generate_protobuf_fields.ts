/**
 * Writes `src/apiserver/protobuf/fields.generated.ts`: the field numbers of Kubernetes' objects in protobuf, read from the tags in its Go types.
 *
 * ```sh
 * go mod download -json k8s.io/{api,apimachinery,kube-aggregator}@v0.36.0   # prints the folders
 * deno run -A tools/generate_protobuf_fields.ts <their folders, in this order>
 * ```
 *
 * @module
 */

/** Packages of k8s.io/api that clients may send objects of. */
const PACKAGES = [
  "admissionregistration/v1",
  "apps/v1",
  "authentication/v1",
  "authorization/v1",
  "autoscaling/v1",
  "autoscaling/v2",
  "batch/v1",
  "certificates/v1",
  "coordination/v1",
  "core/v1",
  "discovery/v1",
  "events/v1",
  "flowcontrol/v1",
  "networking/v1",
  "node/v1",
  "policy/v1",
  "rbac/v1",
  "resource/v1",
  "scheduling/v1",
  "storage/v1",
];

const META = "k8s.io/apimachinery/pkg/apis/meta/v1";

/** Types that protobuf and JSON write differently. */
const SPECIAL: Readonly<Record<string, string>> = {
  "resource.Quantity": "quantity",
  "intstr.IntOrString": "int-or-string",
  "runtime.RawExtension": "raw",
  "meta.v1.Time": "time",
  "meta.v1.MicroTime": "micro-time",
  "meta.v1.Duration": "duration",
  "meta.v1.FieldsV1": "raw",
  "types.UID": "string",
};

const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  bool: "bool",
  int: "int",
  int32: "int",
  int64: "int",
  float64: "double",
};

interface GoStruct {
  readonly package: string;
  readonly imports: ReadonlyMap<string, string>;
  readonly fields: { go: string; json: string; number: number }[];
}

const structs = new Map<string, GoStruct>();
/** Named types that are no structs: what they stand for. */
const aliases = new Map<string, { underlying: string; package: string }>();

function shortName(path: string): string {
  return path.replace("k8s.io/apimachinery/pkg/apis/", "").replace(
    "k8s.io/api/",
    "",
  ).replaceAll("/", ".");
}

function readPackage(path: string, folder: string): void {
  const name = shortName(path);
  for (const entry of Deno.readDirSync(folder)) {
    if (
      !entry.name.endsWith(".go") ||
      /_test|zz_|generated|swagger|register/.test(entry.name)
    ) continue;
    readFile(name, Deno.readTextFileSync(`${folder}/${entry.name}`));
  }
}

function readFile(name: string, text: string): void {
  const imports = new Map<string, string>();
  for (
    const [, alias, path] of text.matchAll(
      /^(?:import|\s)\s*(\w+ )?"([\w./-]+)"$/gm,
    )
  ) {
    const last = path!.split("/").at(-1)!;
    imports.set(
      alias?.trim() ?? last,
      path!.startsWith("k8s.io/api") ? shortName(path!) : last,
    );
  }
  // These three have short names of their own above.
  for (const own of ["resource", "intstr", "runtime", "types"]) {
    if (imports.has(own)) imports.set(own, own);
  }
  for (
    const [, type, underlying] of text.matchAll(
      /^type (\w+) ((?:map|\[\]|string|int|bool)\S*)/gm,
    )
  ) {
    aliases.set(`${name}.${type}`, { underlying: underlying!, package: name });
  }
  for (
    const [, type, body] of text.matchAll(/^type (\w+) struct \{\n([^]*?)^\}/gm)
  ) {
    const fields = [];
    for (const line of body!.split("\n")) {
      const match =
        /^\s+(?:\w+\s+)?(\S+)\s+`json:"([^"]*)".*\bprotobuf:"[a-z0-9]+,(\d+)/
          .exec(
            line,
          );
      if (match === null) continue;
      const [, go, json, number] = match;
      const inline = json!.includes("inline") && json!.startsWith(",");
      fields.push({
        go: go!,
        json: inline ? "" : json!.split(",")[0]!,
        number: Number(number),
      });
    }
    structs.set(`${name}.${type}`, { package: name, imports, fields });
  }
}

function typeOf(
  go: string,
  from: { package: string; imports: ReadonlyMap<string, string> },
): string {
  const bare = go.replace(/^\*/, "");
  if (bare === "[]byte") return "bytes";
  if (bare.startsWith("[]")) return "*" + typeOf(bare.slice(2), from);
  const map = /^map\[[\w.]+\](.+)$/.exec(bare);
  if (map !== null) return "%" + typeOf(map[1]!, from);
  const scalar = SCALARS[bare];
  if (scalar !== undefined) return scalar;
  const [first, second] = bare.split(".");
  const full = second === undefined
    ? `${from.package}.${first}`
    : `${from.imports.get(first!) ?? first}.${second}`;
  const special = SPECIAL[full];
  if (special !== undefined) return special;
  const alias = aliases.get(full);
  if (alias !== undefined) {
    // A named list is a message of its own, with the items in field 1.
    if (alias.underlying.startsWith("[]") && alias.underlying !== "[]byte") {
      return "items";
    }
    return typeOf(alias.underlying, {
      package: alias.package,
      imports: from.imports,
    });
  }
  if (!structs.has(full)) throw new Error(`Cannot find the type: "${full}"`);
  return `@${full}`;
}

const [api, apimachinery, aggregator] = Deno.args;
readPackage(META, `${apimachinery}/pkg/apis/meta/v1`);
for (const path of PACKAGES) {
  readPackage(`k8s.io/api/${path}`, `${api}/${path}`);
}
readPackage(
  "k8s.io/api/apiregistration/v1",
  `${aggregator}/pkg/apis/apiregistration/v1`,
);
const lines: string[] = [];
for (const [name, struct] of [...structs].sort(([a], [b]) => a < b ? -1 : 1)) {
  if (struct.fields.length === 0) continue;
  const fields = struct.fields.map(({ go, json, number }) =>
    `${number} ${json} ${typeOf(go, struct)}`
  );
  lines.push(`  "${name}":\n    "${fields.join(";")}",`);
}
Deno.writeTextFileSync(
  new URL("../src/apiserver/protobuf/fields.generated.ts", import.meta.url),
  `// Made by tools/generate_protobuf_fields.ts. Do not edit.
// deno-fmt-ignore-file

/** Fields of messages by full name: \`number name type\`, separated by semicolons; \`decode.ts\` reads them. */
export const MESSAGE_FIELDS: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`,
);
console.log(`${lines.length} messages`);
