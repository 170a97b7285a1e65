/**
 * Writes `src/api/openapi/generated/enums.ts`: the values of Kubernetes' string types that are marked as enumerations, read from its Go types.
 *
 * ```sh
 * go mod download -json k8s.io/api@v0.36.0   # prints the folder
 * deno run -A tools/generate_enums.ts <folder of k8s.io/api>
 * ```
 *
 * @module
 */

const TARGET = new URL(
  "../src/api/openapi/generated/enums.ts",
  import.meta.url,
);

/** A type that comes after its mark; lines of comment may stand between. */
const MARKED = /^\/\/ \+enum\n(?:\/\/.*\n)*type (\w+) (?:= (\w+)|string)$/gm;
const VALUE = /^\s*(?:const )?(\w+)\s+(\w+)\s*=\s*"([^"]*)"/gm;
/** The same with the type in front of the value, which may be a constant of the core group. */
const CONVERTED =
  /^\s*(?:const )?(\w+)\s*=\s*(\w+)\((?:"([^"]*)"|v1\.(\w+))\)/gm;

interface Constant {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** The constants of a Go file that are strings. `core` holds those of the core group by name. */
export function constantsOf(
  source: string,
  core: ReadonlyMap<string, string> = new Map(),
): Constant[] {
  const plain = [...source.matchAll(VALUE)].map(([, name, type, value]) => ({
    name: name!,
    type: type!,
    value: value!,
  }));
  const converted = [...source.matchAll(CONVERTED)].flatMap(
    ([, name, type, value = "", other = ""]) => {
      const known = other === "" ? value : core.get(other);
      return known === undefined
        ? []
        : [{ name: name!, type: type!, value: known }];
    },
  );
  return [...plain, ...converted];
}

/** The values of each marked type of a Go file. */
export function enumsOf(
  source: string,
  core?: ReadonlyMap<string, string>,
): Map<string, string[]> {
  const values = new Map<string, Set<string>>();
  for (const { type, value } of constantsOf(source, core)) {
    const found = values.get(type) ?? new Set();
    values.set(type, found.add(value));
  }
  const enums = new Map<string, string[]>();
  for (const [, type, other = type] of source.matchAll(MARKED)) {
    const found = values.get(other!);
    if (found !== undefined) enums.set(type!, [...found].sort());
  }
  return enums;
}

/** The module that holds them, by package and type: `core.v1.Protocol`. */
export function moduleOf(enums: ReadonlyMap<string, string[]>): string {
  const lines = [...enums].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([type, values]) => `  "${type}": ${JSON.stringify(values)},`);
  return `/** Made by tools/generate_enums.ts; do not edit. */

/** The values of string types, by package and type. */
export const ENUMS: Readonly<Record<string, readonly string[]>> = {
${lines.join("\n")}
};
`;
}

async function sourceOf(folder: string, path: string): Promise<string> {
  return await Deno.readTextFile(`${folder}/${path}/types.go`).catch(() => "");
}

if (import.meta.main) {
  const folder = Deno.args[0]!;
  const core = new Map(
    constantsOf(await sourceOf(folder, "core/v1"))
      .map(({ name, value }) => [name, value]),
  );
  const enums = new Map<string, string[]>();
  for (const { name: group, isDirectory } of Deno.readDirSync(folder)) {
    if (!isDirectory) continue;
    for (const { name: version } of Deno.readDirSync(`${folder}/${group}`)) {
      if (!/^v\d+$/.test(version)) continue;
      const source = await sourceOf(folder, `${group}/${version}`);
      for (const [type, values] of enumsOf(source, core)) {
        enums.set(`${group}.${version}.${type}`, values);
      }
    }
  }
  await Deno.writeTextFile(TARGET, moduleOf(enums));
  console.log(`${enums.size} types`);
}
