package clients

import (
	"encoding/json"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/util/retry"
)

type kindCase struct {
	resource   schema.GroupVersionResource
	kind       string
	namespaced bool
	spec       string
}

var kinds = []kindCase{
	{schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "Namespace", false, `{}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, "Node", false, `{}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "pods"}, "Pod", true, `{"spec":{"containers":[{"name":"c","image":"i"}]}}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "services"}, "Service", true, `{"spec":{"ports":[{"port":80}]}}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "endpoints"}, "Endpoints", true, `{"subsets":[{"addresses":[{"ip":"10.1.2.3"}],"ports":[{"port":80}]}]}`},
	{schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}, "EndpointSlice", true, `{"addressType":"IPv4","endpoints":[{"addresses":["10.1.2.3"]}],"ports":[{"port":80}]}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "replicationcontrollers"}, "ReplicationController", true, `{"spec":{"replicas":0,"selector":{"a":"b"},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`},
	{schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}, "ReplicaSet", true, `{"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`},
	{schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, "Deployment", true, `{"spec":{"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, "ConfigMap", true, `{"data":{"a":"b"}}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, "Secret", true, `{"data":{"a":"Yg=="}}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}, "ServiceAccount", true, `{}`},
	{schema.GroupVersionResource{Version: "v1", Resource: "events"}, "Event", true, `{"involvedObject":{"kind":"Pod","namespace":"NS","name":"p"},"reason":"R","type":"Normal"}`},
	{schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}, "Lease", true, `{"spec":{"holderIdentity":"me"}}`},
}

func (k kindCase) object(ns, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	if err := json.Unmarshal([]byte(k.spec), &u.Object); err != nil {
		panic(err)
	}
	if involved, ok := u.Object["involvedObject"].(map[string]any); ok {
		involved["namespace"] = ns
	}
	u.SetAPIVersion(k.resource.GroupVersion().String())
	u.SetKind(k.kind)
	u.SetName(name)
	u.SetLabels(map[string]string{"test": "kinds"})
	return u
}

// Every verb on every kind by the dynamic and the metadata client, with a watch that has to tell the same story.
func TestVerbsOfAllKinds(t *testing.T) {
	dyn := dynamic.NewForConfigOrDie(config(t))
	meta := metadata.NewForConfigOrDie(config(t))
	for _, k := range kinds {
		t.Run(k.kind, func(t *testing.T) {
			ns := ""
			if k.namespaced {
				ns = space(t)
			}
			var c dynamic.ResourceInterface = dyn.Resource(k.resource)
			var m metadata.ResourceInterface = meta.Resource(k.resource)
			if k.namespaced {
				c = dyn.Resource(k.resource).Namespace(ns)
				m = meta.Resource(k.resource).Namespace(ns)
			}
			name := "k-" + fmt.Sprint(namespaces.Add(1))
			list, err := c.List(ctx(t), metav1.ListOptions{})
			must(t, err)
			if list.GetKind() != k.kind+"List" || list.GetAPIVersion() != k.resource.GroupVersion().String() {
				t.Errorf("list is %s %s", list.GetAPIVersion(), list.GetKind())
			}
			w, err := c.Watch(ctx(t), metav1.ListOptions{ResourceVersion: list.GetResourceVersion(), FieldSelector: "metadata.name=" + name})
			must(t, err)
			defer w.Stop()
			mw, err := m.Watch(ctx(t), metav1.ListOptions{ResourceVersion: list.GetResourceVersion(), FieldSelector: "metadata.name=" + name})
			must(t, err)
			defer mw.Stop()
			made, err := c.Create(ctx(t), k.object(ns, name), metav1.CreateOptions{FieldValidation: "Strict"})
			must(t, err)
			if _, err := c.Create(ctx(t), k.object(ns, name), metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
				t.Errorf("second create: %v", err)
			}
			expectEvent(t, w, watch.Added, name)
			e := <-mw.ResultChan()
			if pom, ok := e.Object.(*metav1.PartialObjectMetadata); !ok || pom.Name != name || pom.UID != made.GetUID() {
				t.Errorf("metadata watch got %v %#v", e.Type, e.Object)
			}
			got, err := c.Get(ctx(t), name, metav1.GetOptions{})
			must(t, err)
			if got.GetUID() != made.GetUID() {
				t.Errorf("another uid")
			}
			pom, err := m.Get(ctx(t), name, metav1.GetOptions{})
			must(t, err)
			if pom.UID != made.GetUID() || pom.Labels["test"] != "kinds" {
				t.Errorf("metadata %+v", pom.ObjectMeta)
			}
			for _, p := range []struct {
				typ  types.PatchType
				body string
			}{
				{types.JSONPatchType, `[{"op":"test","path":"/metadata/name","value":"` + name + `"},{"op":"add","path":"/metadata/annotations","value":{"json":"1"}}]`},
				{types.MergePatchType, `{"metadata":{"annotations":{"merge":"1"}}}`},
				{types.StrategicMergePatchType, `{"metadata":{"annotations":{"strategic":"1","json":null}}}`},
			} {
				patched, err := c.Patch(ctx(t), name, p.typ, []byte(p.body), metav1.PatchOptions{})
				if err != nil {
					t.Errorf("%s: %v", p.typ, err)
					continue
				}
				if patched.GetResourceVersion() == got.GetResourceVersion() {
					t.Errorf("%s changed nothing", p.typ)
				}
				expectEvent(t, w, watch.Modified, name)
				// The same again writes nothing. (Where a controller writes as well, the version moves by itself.)
				if p.typ == types.MergePatchType && k.resource.Group != "apps" && k.kind != "ReplicationController" {
					again, err := c.Patch(ctx(t), name, p.typ, []byte(p.body), metav1.PatchOptions{})
					must(t, err)
					if again.GetResourceVersion() != patched.GetResourceVersion() {
						t.Errorf("an empty patch moved the version")
					}
				}
			}
			stale := got.DeepCopy()
			stale.SetAnnotations(map[string]string{"stale": "1"})
			if _, err := c.Update(ctx(t), stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
				t.Errorf("stale update: %v", err)
			}
			var updated *unstructured.Unstructured
			must(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
				fresh, err := c.Get(ctx(t), name, metav1.GetOptions{})
				if err != nil {
					return err
				}
				fresh.SetAnnotations(map[string]string{"updated": "1"})
				updated, err = c.Update(ctx(t), fresh, metav1.UpdateOptions{})
				return err
			}))
			if updated.GetAnnotations()["updated"] != "1" {
				t.Errorf("annotations %v", updated.GetAnnotations())
			}
			expectEvent(t, w, watch.Modified, name)
			if err := c.Delete(ctx(t), name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: ptr(types.UID("x"))}}); !apierrors.IsConflict(err) {
				t.Errorf("delete with a wrong uid: %v", err)
			}
			if k.kind == "Namespace" {
				// Kubernetes has no deletecollection of namespaces.
				err := c.DeleteCollection(ctx(t), metav1.DeleteOptions{}, metav1.ListOptions{})
				if !apierrors.IsMethodNotSupported(err) {
					t.Errorf("deletecollection: %v", err)
				}
				must(t, c.Delete(ctx(t), name, metav1.DeleteOptions{}))
			} else {
				must(t, c.DeleteCollection(ctx(t), metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(0))}, metav1.ListOptions{FieldSelector: "metadata.name=" + name, LabelSelector: "test=kinds"}))
			}
			for {
				e, ok := <-w.ResultChan()
				if !ok {
					t.Fatal("watch ended")
				}
				if e.Type == watch.Deleted {
					break
				}
				if e.Type != watch.Modified {
					t.Fatalf("event %s", e.Type)
				}
			}
			if _, err := c.Get(ctx(t), name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
				t.Errorf("get after delete: %v", err)
			}
			if err := c.Delete(ctx(t), name, metav1.DeleteOptions{}); !apierrors.IsNotFound(err) {
				t.Errorf("delete after delete: %v", err)
			}
		})
	}
}

func expectEvent(t *testing.T, w watch.Interface, typ watch.EventType, name string) {
	t.Helper()
	e, ok := <-w.ResultChan()
	if !ok {
		t.Fatalf("watch ended")
	}
	o, isObject := e.Object.(metav1.Object)
	if !isObject {
		t.Fatalf("event %s %#v", e.Type, e.Object)
	}
	if e.Type != typ || o.GetName() != name {
		t.Fatalf("event %s %s, want %s %s", e.Type, o.GetName(), typ, name)
	}
}
