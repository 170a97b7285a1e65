/**
 * Modules hold no state: in a simulation a thousand agents, and two lives of one machine, share them.
 *
 * @module
 */
import { isTesting, sourcePath } from "./source_path.ts";

/** Collections that are state when they begin empty. (What a WeakMap keeps is its key's: it goes where the key goes.) */
const COLLECTIONS: ReadonlySet<string> = new Set(["Map", "Set"]);

/** What wraps the machine has one life only. */
const EXEMPT = /^src\/(simulate\/traps\.ts$|base\/real\/)/;

/** Reports variables and empty collections at the top of a module. */
export const moduleState: Deno.lint.Rule = {
  create(context) {
    const path = sourcePath(context.filename);
    if (path === undefined || isTesting(path) || EXEMPT.test(path)) return {};
    return {
      Program(program) {
        for (const statement of program.body) {
          const declaration = statement.type === "ExportNamedDeclaration"
            ? statement.declaration
            : statement;
          if (declaration?.type !== "VariableDeclaration") continue;
          if (
            declaration.kind !== "const" ||
            declaration.declarations.some(isEmptyCollection)
          ) {
            context.report({
              node: declaration,
              message: "Modules must not hold state",
              hint: "Let it hang off what main(host) makes",
            });
          }
        }
      },
    };
  },
};

function isEmptyCollection({ init }: Deno.lint.VariableDeclarator): boolean {
  return init?.type === "NewExpression" && init.callee.type === "Identifier" &&
    COLLECTIONS.has(init.callee.name) && init.arguments.length === 0;
}
