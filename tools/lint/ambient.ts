/**
 * Time, randomness, cryptography and I/O come in through `Host` alone; whatever else reaches them is reported.
 *
 * @module
 */
import { isTesting, sourcePath } from "./source_path.ts";

/** Files that are the door, or stand outside it. */
const EXEMPT = [
  /^src\/base\/real/,
  // what the simulation itself runs on
  /^src\/simulate\/(traps|drain|kernel|sim_crypto)\.ts$/,
  // the thin executables, and the terminal of the person at it
  /^(src|agent)\/main\.ts$/,
  /^src\/programs\//,
  /^src\/cli\/terminal\.ts$/,
  // HTTP/2 to the container runtime on its unix socket, which no simulation has
  /^agent\/runtime\/containerd\/grpc_channel\.ts$/,
];

/** Globals that must not be called or made. */
const FORBIDDEN_GLOBALS: ReadonlySet<string> = new Set([
  "BroadcastChannel",
  "FinalizationRegistry",
  "MessageChannel",
  "WeakRef",
  "WebSocket",
  "Worker",
  "clearInterval",
  "clearTimeout",
  "fetch",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

/** Objects no member of which may be used. */
const FORBIDDEN_OBJECTS: ReadonlySet<string> = new Set([
  "Deno",
  "crypto",
  "performance",
]);

/** Single members that may not be used. */
const FORBIDDEN_MEMBERS: ReadonlySet<string> = new Set([
  "AbortSignal.timeout",
  "Date.now",
  "Math.random",
]);

/** Node's modules that only compute (of zlib, the synchronous calls). */
const PURE_MODULES: ReadonlySet<string> = new Set([
  "node:buffer",
  "node:path",
  "node:path/posix",
  "node:querystring",
  "node:util",
  "node:v8",
  "node:zlib",
]);

const HINT = "Take it from Host (src/base/host.ts)";

/** Whether a file may reach the machine. */
export function mayUseMachine(path: string): boolean {
  return isTesting(path) || EXEMPT.some((pattern) => pattern.test(path));
}

/** Reports every other way to the machine. */
export const ambient: Deno.lint.Rule = {
  create(context) {
    const path = sourcePath(context.filename);
    if (path === undefined || mayUseMachine(path)) return {};
    /** Uses by the global's name, told at the end: the file may have a `crypto` of its own, from Host. */
    const uses: { name: string; node: Deno.lint.Node; what: string }[] = [];
    const declared = new Set<string>();
    const use = (name: string, node: Deno.lint.Node, what = name) => {
      // `implements Deno.Something` is a type
      const parent = "parent" in node ? node.parent.type : "";
      if (!parent.startsWith("TS")) uses.push({ name, node, what });
    };
    const declare = (pattern: Pattern) => {
      for (const name of boundNames(pattern)) declared.add(name);
    };
    const declareParams = (node: { params: readonly Pattern[] }) =>
      node.params.forEach(declare);
    return {
      ImportDeclaration(node) {
        for (const { local } of node.specifiers) declare(local);
        const from = node.source.value;
        if (
          node.importKind !== "type" && from.startsWith("node:") &&
          !PURE_MODULES.has(from)
        ) use(from, node, `"${from}"`);
      },
      FunctionDeclaration: declareParams,
      FunctionExpression: declareParams,
      ArrowFunctionExpression: declareParams,
      NewExpression(node) {
        const name = nameOf(node.callee);
        if (name === "Date" && node.arguments.length === 0) {
          use(name, node, "new Date()");
        } else if (name !== undefined && FORBIDDEN_GLOBALS.has(name)) {
          use(name, node);
        }
      },
      CallExpression(node) {
        const name = nameOf(node.callee);
        if (name === "Date") use(name, node, "Date()");
        if (name !== undefined && FORBIDDEN_GLOBALS.has(name)) use(name, node);
      },
      MemberExpression(node) {
        const owner = nameOf(node.object);
        const member = memberName(node);
        if (owner === undefined) return;
        const what = `${owner}.${member ?? "…"}`;
        if (owner === "globalThis") {
          // the member is what is reached, and one that cannot be read off may be anything
          if (member === undefined || isForbiddenName(member)) {
            use(owner, node, what);
          }
        } else if (
          FORBIDDEN_OBJECTS.has(owner) || FORBIDDEN_MEMBERS.has(what)
        ) {
          use(owner, node, what);
        }
      },
      VariableDeclarator(node) {
        declare(node.id);
        const name = node.init ? nameOf(node.init) : undefined;
        if (name === undefined) return;
        const taken = name === "Math" && node.id.type === "ObjectPattern" &&
          context.sourceCode.getText(node.id).includes("random");
        if (taken || isForbiddenName(name)) {
          use(name, node, `${name} under another name`);
        }
      },
      "Program:exit"() {
        for (const { name, node, what } of uses) {
          if (declared.has(name)) continue;
          context.report({
            node,
            message: `Ambient ${what} is not allowed here`,
            hint: HINT,
          });
        }
      },
    };
  },
};

/** What may stand where names are declared. */
type Pattern = Deno.lint.Node | Deno.lint.Parameter;

/** Whether a global must not even be kept under another name. */
function isForbiddenName(name: string): boolean {
  return name === "Date" || name === "globalThis" ||
    FORBIDDEN_OBJECTS.has(name) || FORBIDDEN_GLOBALS.has(name);
}

/** The names that a parameter or variable declares. */
function boundNames(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "RestElement":
      return boundNames(pattern.argument);
    case "Property":
      return boundNames(pattern.value);
    case "ObjectPattern":
      return pattern.properties.flatMap(boundNames);
    case "ArrayPattern":
      return pattern.elements.flatMap((item) => item ? boundNames(item) : []);
    default:
      return [];
  }
}

/** The name of a plain identifier. */
function nameOf(node: Deno.lint.Node): string | undefined {
  return node.type === "Identifier" ? node.name : undefined;
}

/** The member's name, when it can be read off the source. */
function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed) return nameOf(node.property);
  const { property } = node;
  return property.type === "Literal" && typeof property.value === "string"
    ? property.value
    : undefined;
}
