/**
 * `$(VAR)` in environment values, commands and arguments.
 *
 * @module
 */

/**
 * Replaces `$(NAME)` by the variable's value where there is one; `$$` is a dollar sign that starts nothing, and what names no variable stays as it is.
 *
 * @see {@link https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/}
 */
export function expandVariables(
  text: string,
  variables: Pick<ReadonlyMap<string, string>, "get">,
): string {
  return text.replace(
    /\$(\$|\(([^)]*)\))/g,
    (whole, _rest: string, name: string | undefined) => {
      if (whole === "$$") return "$";
      return variables.get(name!) ?? whole;
    },
  );
}
