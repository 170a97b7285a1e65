/**
 * Roles and bindings as they are stored, in the form in which requests ask for them.
 *
 * @module
 */
import type { Row, Store, Watcher } from "../../../store/store.ts";
import { serviceAccountUser } from "../service_account/names.ts";
import type { User } from "../user.ts";
import type { PolicyRule } from "./policy_rule.ts";

/** Whom a binding gives a role to. */
export interface Subject {
  /** `User`, `Group` or `ServiceAccount`; of a role `Role` or `ClusterRole`. */
  readonly kind: string;
  /** Its name. */
  readonly name: string;
  /** A ServiceAccount's; absent: that of the binding. */
  readonly namespace?: string;
}

/** Which role a binding gives. */
export interface RoleRef {
  /** Group of the role. */
  readonly apiGroup?: string;
  /** `User`, `Group` or `ServiceAccount`; of a role `Role` or `ClusterRole`. */
  readonly kind: string;
  /** Its name. */
  readonly name: string;
}

/** A RoleBinding or ClusterRoleBinding. */
export interface Binding {
  /** Its own name. */
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  /** Who gets the role. */
  readonly subjects?: readonly Subject[];
  /** The role. */
  readonly roleRef: RoleRef;
}

/** A binding that applies to somebody, and the subject of it that does. */
export interface Grant {
  /** The binding. */
  readonly binding: Binding;
  /** The first of its subjects that applies. */
  readonly subject: Subject;
}

/** The bucket of all four kinds in the store. */
const BUCKET = "rbac/";
/** The scope of ClusterRoleBindings. */
const CLUSTER = "";

/** Grants by who gets them: `u:` and a user's name, `g:` and a group's. */
type GrantsBySubject = ReadonlyMap<string, readonly Grant[]>;

/**
 * Bindings by subject, one table for each namespace that is asked for. A table is made anew when some role or binding has changed; texts are read once.
 */
export class RoleTables implements Disposable {
  readonly #store: Store;
  readonly #scopes = new Map<string, GrantsBySubject>();
  readonly #bindings = new WeakMap<Row, Binding>();
  readonly #rules = new WeakMap<Row, readonly PolicyRule[]>();
  /** Never read: that it has something to read tells that the tables are old. */
  #changes: Watcher | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The grants in a namespace ("": those of the whole cluster) that apply to a user; a binding counts once. */
  grants(user: User, namespace: string): readonly Grant[] {
    const table = this.#table(namespace);
    if (table.size === 0) return [];
    const found: Grant[] = [...table.get(`u:${user.name}`) ?? []];
    for (const group of user.groups) {
      for (const grant of table.get(`g:${group}`) ?? []) {
        if (!found.some(({ binding }) => binding === grant.binding)) {
          found.push(grant);
        }
      }
    }
    return found;
  }

  /** The rules of a role, for a binding of this namespace; undefined when there is no such role. */
  rules(role: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    const row = this.#store.get(
      role.kind === "Role"
        ? `${BUCKET}roles/${namespace}/${role.name}`
        : `${BUCKET}clusterroles/${role.name}`,
    );
    if (row === undefined) return undefined;
    let rules = this.#rules.get(row);
    if (rules === undefined) {
      rules = (JSON.parse(row.text) as { rules?: PolicyRule[] }).rules ?? [];
      this.#rules.set(row, rules);
    }
    return rules;
  }

  [Symbol.dispose](): void {
    this.#changes?.close();
  }

  #table(namespace: string): GrantsBySubject {
    this.#forgetOld();
    let table = this.#scopes.get(namespace);
    if (table === undefined) {
      const prefix = namespace === CLUSTER
        ? `${BUCKET}clusterrolebindings/`
        : `${BUCKET}rolebindings/${namespace}/`;
      table = this.#read(prefix, namespace);
      this.#scopes.set(namespace, table);
    }
    return table;
  }

  #forgetOld(): void {
    const { revision } = this.#store;
    if (this.#changes?.revision === revision) return;
    this.#changes?.close();
    this.#changes = this.#store.watch(BUCKET, { after: revision });
    this.#scopes.clear();
  }

  #read(prefix: string, namespace: string): GrantsBySubject {
    const table = new Map<string, Grant[]>();
    for (const row of this.#store.list(prefix).rows) {
      let binding = this.#bindings.get(row);
      if (binding === undefined) {
        binding = JSON.parse(row.text) as Binding;
        this.#bindings.set(row, binding);
      }
      for (const subject of binding.subjects ?? []) {
        const key = subjectKey(subject, namespace);
        if (key === undefined) continue;
        const grants = table.get(key) ?? [];
        if (grants.at(-1)?.binding !== binding) {
          grants.push({ binding, subject });
        }
        table.set(key, grants);
      }
    }
    return table;
  }
}

function subjectKey(
  { kind, name, namespace = "" }: Subject,
  scope: string,
): string | undefined {
  switch (kind) {
    case "User":
      return `u:${name}`;
    case "Group":
      return `g:${name}`;
    case "ServiceAccount": {
      const home = namespace === "" ? scope : namespace;
      return home === "" ? undefined : `u:${serviceAccountUser(home, name)}`;
    }
  }
  return undefined;
}
