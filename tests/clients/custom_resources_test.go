package clients

import (
	"fmt"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"
)

var (
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	boats       = schema.GroupVersionResource{Group: "test.example.org", Version: "v1", Resource: "boats"}
)

func definition(properties map[string]any) *unstructured.Unstructured {
	version := func(name string, storage bool) map[string]any {
		return map[string]any{
			"name": name, "served": true, "storage": storage,
			"subresources": map[string]any{"status": map[string]any{}},
			"schema": map[string]any{"openAPIV3Schema": map[string]any{
				"type": "object",
				"properties": map[string]any{
					"spec":   map[string]any{"type": "object", "properties": properties},
					"status": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true},
				},
			}},
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": "boats.test.example.org"},
		"spec": map[string]any{
			"group": "test.example.org", "scope": "Namespaced",
			"names":    map[string]any{"plural": "boats", "kind": "Boat", "shortNames": []any{"bo"}},
			"versions": []any{version("v1", true), version("v1beta1", false)},
		},
	}}
}

func boat(name string, seats int64) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "test.example.org/v1", "kind": "Boat",
		"metadata": map[string]any{"name": name},
		"spec":     map[string]any{"seats": seats},
	}}
}

// An operator's life: it brings its kind, follows it while the schema changes and the server restarts, and leaves.
func TestCustomResources(t *testing.T) {
	client := dynamic.NewForConfigOrDie(config(t))
	crds := client.Resource(definitions)
	properties := map[string]any{"seats": map[string]any{"type": "integer", "minimum": int64(1)}}
	made, err := crds.Create(ctx(t), definition(properties), metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() { _ = crds.Delete(ctx(t), made.GetName(), metav1.DeleteOptions{}) })
	established := func() (bool, error) {
		got, err := crds.Get(ctx(t), made.GetName(), metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		conditions, _, _ := unstructured.NestedSlice(got.Object, "status", "conditions")
		for _, c := range conditions {
			if c := c.(map[string]any); c["type"] == "Established" && c["status"] == "True" {
				return true, nil
			}
		}
		return false, fmt.Errorf("conditions are %v", conditions)
	}
	eventually(t, "the kind is established", established)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(clientset(t).Discovery()))
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "test.example.org", Kind: "Boat"})
	must(t, err)
	if mapping.Resource != boats {
		t.Fatalf("the preferred version is not the best: %v", mapping.Resource)
	}

	ns := space(t)
	fleet := client.Resource(boats).Namespace(ns)
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, ns, nil)
	informer := factory.ForResource(boats).Informer()
	var lock sync.Mutex
	added, deleted := map[string]int{}, map[string]int{}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { lock.Lock(); added[o.(metav1.Object).GetName()]++; lock.Unlock() },
		DeleteFunc: func(o any) {
			lock.Lock()
			defer lock.Unlock()
			if d, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = d.Obj
			}
			deleted[o.(metav1.Object).GetName()]++
		},
	})
	must(t, err)
	stop := make(chan struct{})
	defer close(stop)
	go informer.Run(stop)
	if !cache.WaitForCacheSync(stop, informer.HasSynced) {
		t.Fatal("no sync")
	}
	sees := func(what string, events map[string]int, name string) {
		t.Helper()
		eventually(t, what, func() (bool, error) {
			lock.Lock()
			defer lock.Unlock()
			return events[name] == 1, fmt.Errorf("events are %v", events)
		})
	}

	one, err := fleet.Create(ctx(t), boat("one", 4), metav1.CreateOptions{})
	must(t, err)
	sees("the first boat is seen", added, "one")
	if one.GetGeneration() != 1 {
		t.Fatalf("generation is %d", one.GetGeneration())
	}
	_, err = fleet.Create(ctx(t), boat("none", 0), metav1.CreateOptions{})
	if !errors.IsInvalid(err) {
		t.Fatalf("%v", err)
	}
	_ = unstructured.SetNestedField(one.Object, "afloat", "status", "phase")
	one, err = fleet.UpdateStatus(ctx(t), one, metav1.UpdateOptions{})
	must(t, err)
	if one.GetGeneration() != 1 {
		t.Fatalf("a status makes no generation: %d", one.GetGeneration())
	}
	stale := one.DeepCopy()
	one, err = fleet.Patch(ctx(t), "one", types.MergePatchType, []byte(`{"spec":{"seats":5}}`), metav1.PatchOptions{})
	must(t, err)
	if one.GetGeneration() != 2 {
		t.Fatalf("generation is %d", one.GetGeneration())
	}
	if _, err = fleet.Update(ctx(t), stale, metav1.UpdateOptions{}); !errors.IsConflict(err) {
		t.Fatalf("%v", err)
	}
	_, err = fleet.Patch(ctx(t), "one", types.StrategicMergePatchType, []byte(`{}`), metav1.PatchOptions{})
	if !errors.IsUnsupportedMediaType(err) {
		t.Fatalf("%v", err)
	}
	applied := boat("applied", 2)
	_, err = fleet.Apply(ctx(t), "applied", applied, metav1.ApplyOptions{FieldManager: "one"})
	must(t, err)
	_ = unstructured.SetNestedField(applied.Object, int64(3), "spec", "seats")
	_, err = fleet.Apply(ctx(t), "applied", applied, metav1.ApplyOptions{FieldManager: "two"})
	if !errors.IsConflict(err) {
		t.Fatalf("%v", err)
	}
	beta, err := client.Resource(schema.GroupVersionResource{Group: boats.Group, Version: "v1beta1", Resource: "boats"}).
		Namespace(ns).Get(ctx(t), "one", metav1.GetOptions{})
	must(t, err)
	if beta.GetAPIVersion() != "test.example.org/v1beta1" {
		t.Fatalf("%v", beta)
	}

	// The schema changes: the watch ends, the informer goes on, nothing is lost.
	properties["colour"] = map[string]any{"type": "string", "default": "white"}
	current, err := crds.Get(ctx(t), made.GetName(), metav1.GetOptions{})
	must(t, err)
	next := definition(properties)
	next.SetResourceVersion(current.GetResourceVersion())
	_, err = crds.Update(ctx(t), next, metav1.UpdateOptions{})
	must(t, err)
	for i := range 20 {
		_, err = fleet.Create(ctx(t), boat(fmt.Sprintf("during-%d", i), 1), metav1.CreateOptions{})
		must(t, err)
	}
	for i := range 20 {
		sees("a boat made meanwhile is seen once", added, fmt.Sprintf("during-%d", i))
	}
	got, err := fleet.Get(ctx(t), "one", metav1.GetOptions{})
	must(t, err)
	if colour, _, _ := unstructured.NestedString(got.Object, "spec", "colour"); colour != "white" {
		t.Fatalf("a new default counts for old objects too: %v", got)
	}

	restart(t, "SIGKILL")
	eventually(t, "the kind is served again", func() (bool, error) {
		_, err := fleet.Create(ctx(t), boat("after", 1), metav1.CreateOptions{})
		return err == nil || errors.IsAlreadyExists(err), err
	})
	sees("a boat made after the restart is seen", added, "after")
	must(t, fleet.Delete(ctx(t), "after", metav1.DeleteOptions{}))
	sees("its end is seen", deleted, "after")

	must(t, crds.Delete(ctx(t), made.GetName(), metav1.DeleteOptions{}))
	sees("the boats go with their kind", deleted, "one")
	eventually(t, "the kind is gone", func() (bool, error) {
		_, err := crds.Get(ctx(t), made.GetName(), metav1.GetOptions{})
		if !errors.IsNotFound(err) {
			return false, err
		}
		_, err = fleet.List(ctx(t), metav1.ListOptions{})
		return errors.IsNotFound(err), err
	})
}
