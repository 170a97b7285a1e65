/**
 * What `kubectl get` would show.
 *
 * @module
 */
import type { Harness } from "../../apiserver/testing/harness.ts";

/** The cells of a list's rows by column; ages are left out, they tell the time. */
export async function tableOf(
  server: Harness,
  path: string,
): Promise<Record<string, unknown>[]> {
  const { columnDefinitions, rows } = await server.json("GET", path, {
    headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" },
  });
  return rows.map(({ cells }: { cells: unknown[] }) =>
    Object.fromEntries(
      cells.map((cell, i) => [columnDefinitions[i].name, cell])
        .filter(([name]) => name !== "Age" && name !== "Created At"),
    )
  );
}

/** The causes of a refusal: `field: message`. */
export async function causesOf(
  answer: Response,
): Promise<{ status: number; causes: string[] }> {
  const { details = {} } = await answer.json();
  const causes: { field: string; message: string }[] = details.causes ?? [];
  return {
    status: answer.status,
    causes: causes.map(({ field, message }) => `${field}: ${message}`),
  };
}
