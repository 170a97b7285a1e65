/**
 * What runs in a guest's process before the guest: JavaScript, given to Deno by `--preload`.
 *
 * @module
 */

/**
 * Gives travelling variables (`environment.ts`) their names. What is to be set becomes a variable of the process; what is only to be shown is laid over
 * `Deno.env` and `process.env`, where the guest can read it and Deno itself does not.
 */
export function preludeText(travelling: readonly string[]): string {
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
