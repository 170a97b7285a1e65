/**
 * What runs in a guest's process before the guest: JavaScript, given to Deno by `--preload`. It holds nothing back and grants nothing; the permissions do.
 *
 * @module
 */
import type { GuestFolder } from "../process/engine.ts";

/** Functions of `Deno` whose first argument, or whose first two, name files. */
const ONE_PATH =
  "chdir chmod chown create lstat lutime makeTempDir makeTempFile mkdir open readDir readFile readLink readTextFile realPath remove stat truncate utime watchFs writeFile writeTextFile";
const TWO_PATHS = "copyFile link rename symlink";

/** The same of `node:fs` and its promises. */
const NODE_ONE_PATH =
  "access appendFile chmod chown createReadStream createWriteStream exists lchown lstat lutimes mkdir open opendir readFile readdir readlink realpath rm rmdir stat statfs truncate unlink utimes watch watchFile writeFile";
const NODE_TWO_PATHS = "copyFile cp link rename symlink";

/**
 * Gives travelling variables (`environment.ts`) their names. What is to be set becomes a variable of the process; what is only to be shown is laid over
 * `Deno.env` and `process.env`, where the guest can read it and Deno itself does not.
 */
function variablesText(travelling: readonly string[]): string {
  return `const shown = new Map();
const variables = ${JSON.stringify(travelling)}.map((place) => {
  const text = Deno.env.get(place);
  Deno.env.delete(place);
  return text;
});
for (const text of variables) {
  const how = text.slice(0, text.indexOf(" "));
  const equals = text.indexOf("=");
  const name = text.slice(how.length + 1, equals);
  const value = text.slice(equals + 1);
  if (how === "set") Deno.env.set(name, value);
  else shown.set(name, value);
}
if (shown.size > 0) {
  const { get, has, toObject } = Deno.env;
  Deno.env.get = (name) => shown.get(String(name)) ?? get.call(Deno.env, name);
  Deno.env.has = (name) => shown.has(String(name)) || has.call(Deno.env, name);
  Deno.env.toObject = () => ({
    ...toObject.call(Deno.env),
    ...Object.fromEntries(shown),
  });
  const { default: process } = await import("node:process");
  process.env = new Proxy(process.env, {
    get: (env, name) => shown.get(name) ?? Reflect.get(env, name),
    has: (env, name) => shown.has(name) || Reflect.has(env, name),
    ownKeys: (env) => [...new Set([...shown.keys(), ...Reflect.ownKeys(env)])],
    getOwnPropertyDescriptor: (env, name) =>
      shown.has(name)
        ? {
          value: shown.get(name),
          writable: true,
          enumerable: true,
          configurable: true,
        }
        : Reflect.getOwnPropertyDescriptor(env, name),
  });
}
`;
}

/** Lets the guest call its mounts by the Pod's names where Deno would have to be given others. */
function placesText(folders: readonly GuestFolder[]): string {
  const places = folders.map(({ to, from }) => [to, from]);
  return `const places = ${JSON.stringify(places)};
const placeOf = (path) => {
  if (Array.isArray(path)) return path.map(placeOf);
  const isUrl = path instanceof URL && path.protocol === "file:";
  if (!isUrl && typeof path !== "string") return path;
  const name = isUrl ? decodeURIComponent(path.pathname) : path;
  let best;
  for (const place of places) {
    if (name !== place[0] && !name.startsWith(place[0] + "/")) continue;
    if (!best || place[0].length > best[0].length) best = place;
  }
  return best ? best[1] + name.slice(best[0].length) : path;
};
const lay = (on, names, count) => {
  for (const name of names.split(" ").flatMap((one) => [one, one + "Sync"])) {
    const before = on[name];
    if (typeof before !== "function") continue;
    on[name] = Object.assign(
      (...given) =>
        before.apply(on, given.map((one, i) =>
          i < count ? placeOf(one) : one?.dir ? { ...one, dir: placeOf(one.dir) } : one
        )),
      before,
    );
  }
};
lay(Deno, "${ONE_PATH}", 1);
lay(Deno, "${TWO_PATHS}", 2);
const fs = (await import("node:fs")).default;
for (const on of [fs, fs.promises]) {
  lay(on, "${NODE_ONE_PATH}", 1);
  lay(on, "${NODE_TWO_PATHS}", 2);
}
`;
}

/** The prelude's text; undefined when none is needed. */
export function preludeText(
  { travelling, folders }: {
    /** Names in the engine's environment, in order. */
    readonly travelling: readonly string[];
    readonly folders: readonly GuestFolder[];
  },
): string | undefined {
  const moved = folders.filter(({ from, to }) => from !== to);
  const parts = [
    ...travelling.length > 0 ? [variablesText(travelling)] : [],
    ...moved.length > 0 ? [placesText(moved)] : [],
  ];
  return parts.length === 0
    ? undefined
    : parts.map((part) => `{\n${part}}\n`).join("");
}

/**
 * The main module where the guest's process sees the machine's files: Deno asks for no permission for what a main module imports by name, but for all that
 * a module imports whose name it learns only as it runs.
 */
export function wrapperText(payload: string, entry: "serve" | "run"): string {
  const name = JSON.stringify([...payload]);
  return `const { default: served } = await import(${name}.join(""));
${entry === "serve" ? "export default served;" : "export {};"}
`;
}
