import { type Field, named, object, pointer, str } from "../schema/words.ts";

/** A user. */
export interface UserSubject {
  /** The name; `*` is everybody. */
  name: string;
}

/** Schema of {@linkcode UserSubject}. */
export const userSubject: Field<UserSubject> = object<UserSubject>(
  "io.k8s.api.flowcontrol.v1.UserSubject",
  () => ({
    name: str,
  }),
);

/** A group of users. */
export interface GroupSubject {
  /** The name; `*` is all. */
  name: string;
}

/** Schema of {@linkcode GroupSubject}. */
export const groupSubject: Field<GroupSubject> = object<GroupSubject>(
  "io.k8s.api.flowcontrol.v1.GroupSubject",
  () => ({
    name: str,
  }),
);

/** A service account. */
export interface ServiceAccountSubject {
  /** Its namespace. */
  namespace: string;
  /** Its name; `*` is all of the namespace. */
  name: string;
}

/** Schema of {@linkcode ServiceAccountSubject}. */
export const serviceAccountSubject: Field<ServiceAccountSubject> = object<
  ServiceAccountSubject
>(
  "io.k8s.api.flowcontrol.v1.ServiceAccountSubject",
  () => ({
    namespace: str,
    name: str,
  }),
);

/** Who asks; the field that is named like the kind is set. */
export interface Subject {
  /** `User`, `Group` or `ServiceAccount`. */
  kind: string;
  /** A user. */
  user?: UserSubject;
  /** A group. */
  group?: GroupSubject;
  /** A service account. */
  serviceAccount?: ServiceAccountSubject;
}

/** Schema of {@linkcode Subject}. */
export const subject: Field<Subject> = object<Subject>(
  "io.k8s.api.flowcontrol.v1.Subject",
  () => ({
    kind: named("v1.SubjectKind"),
    user: pointer(userSubject),
    group: pointer(groupSubject),
    serviceAccount: pointer(serviceAccountSubject),
  }),
);
