package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
)

func lines(t *testing.T, body []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, l := range strings.Split(strings.TrimSpace(string(body)), "\n") {
		m := map[string]any{}
		must(t, json.Unmarshal([]byte(l), &m))
		all = append(all, m["object"].(map[string]any))
		all[len(all)-1]["type"] = m["type"]
	}
	return all
}

// Bookmarks come in the form that the watch has.
func TestBookmarksHaveTheFormOfTheWatch(t *testing.T) {
	ns := space(t)
	fill(t, ns, 1)
	path := "/api/v1/namespaces/" + ns + "/configmaps?labelSelector=parity&watch=1&timeoutSeconds=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
	for as, kind := range map[string]string{"": "ConfigMap", ";as=PartialObjectMetadata;v=v1;g=meta.k8s.io": "PartialObjectMetadata", ";as=Table;v=v1;g=meta.k8s.io": "Table"} {
		_, body := raw(t, "GET", path, "application/json"+as, "", "")
		all := lines(t, body)
		// After the object; an ordinary bookmark may follow at the end.
		last := all[min(1, len(all)-1)]
		if last["type"] != "BOOKMARK" || last["kind"] != kind {
			t.Errorf("%s: %v", kind, last)
		}
		if kind == "Table" {
			rows, ok := last["rows"].([]any)
			if !ok || len(rows) != 1 {
				t.Fatalf("%v", last)
			}
			last = rows[0].(map[string]any)["object"].(map[string]any)
		}
		m := last["metadata"].(map[string]any)
		if m["annotations"].(map[string]any)["k8s.io/initial-events-end"] != "true" || m["resourceVersion"] == "" {
			t.Errorf("%s: %v", kind, last)
		}
	}
}

// Endpoints are deprecated, and every answer says so.
func TestDeprecatedKindsWarn(t *testing.T) {
	ns := space(t)
	warned := &warnings{}
	cfg := config(t)
	cfg.WarningHandler = warned
	c := kubernetes.NewForConfigOrDie(cfg).CoreV1().Endpoints(ns)
	_, err := c.List(ctx(t), metav1.ListOptions{})
	must(t, err)
	_, err = c.Create(ctx(t), &corev1.Endpoints{ObjectMeta: metav1.ObjectMeta{Name: "e"}}, metav1.CreateOptions{})
	must(t, err)
	w, err := c.Watch(ctx(t), metav1.ListOptions{})
	must(t, err)
	w.Stop()
	must(t, c.Delete(ctx(t), "e", metav1.DeleteOptions{}))
	want := "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
	if len(warned.texts) != 4 || warned.texts[0] != want {
		t.Errorf("%q", warned.texts)
	}
}

func TestSmallThings(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	// Secrets: stringData, type immutable, immutable data.
	s, err := c.CoreV1().Secrets(ns).Create(ctx(t), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, StringData: map[string]string{"a": "b"}}, metav1.CreateOptions{})
	must(t, err)
	if string(s.Data["a"]) != "b" || len(s.StringData) != 0 || s.Type != "Opaque" {
		t.Errorf("%+v", s)
	}
	s.Type = "other"
	_, err = c.CoreV1().Secrets(ns).Update(ctx(t), s, metav1.UpdateOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("type: %v", err)
	}
	s.Type = "Opaque"
	s.Immutable = ptr(true)
	s, err = c.CoreV1().Secrets(ns).Update(ctx(t), s, metav1.UpdateOptions{})
	must(t, err)
	s.Data["a"] = []byte("c")
	_, err = c.CoreV1().Secrets(ns).Update(ctx(t), s, metav1.UpdateOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("immutable: %v", err)
	}
	// Nodes: status and spec by their own paths, podCIDR of the controller, deletion takes its pods.
	n, err := c.CoreV1().Nodes().Create(ctx(t), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: ns}}, metav1.CreateOptions{})
	must(t, err)
	defer c.CoreV1().Nodes().Delete(context.Background(), ns, metav1.DeleteOptions{})
	_, err = c.CoreV1().Nodes().PatchStatus(ctx(t), ns, []byte(`{"status":{"conditions":[{"type":"Ready","status":"True"}],"addresses":[{"type":"InternalIP","address":"192.0.2.1"}]}}`))
	must(t, err)
	_, err = c.CoreV1().Nodes().PatchStatus(ctx(t), ns, []byte(`{"status":{"conditions":[{"type":"Other","status":"False"}]}}`))
	must(t, err)
	n, err = c.CoreV1().Nodes().Get(ctx(t), ns, metav1.GetOptions{})
	must(t, err)
	if len(n.Status.Conditions) < 2 {
		t.Errorf("%+v", n.Status)
	}
	// Field selectors.
	for _, f := range []string{"metadata.namespace=" + ns, "type=Opaque", "metadata.name!=s"} {
		l, err := c.CoreV1().Secrets("").List(ctx(t), metav1.ListOptions{FieldSelector: f})
		must(t, err)
		_ = l
	}
	for path, f := range map[string]string{"pods": "status.podIP=1.2.3.4,spec.hostNetwork=false,spec.schedulerName=default-scheduler,spec.serviceAccountName=default,status.nominatedNodeName=", "nodes": "spec.unschedulable=false", "namespaces": "status.phase=Active", "replicationcontrollers": "status.replicas=0", "services": "spec.clusterIP=None,spec.type=ClusterIP", "events": "involvedObject.kind=Pod,involvedObject.apiVersion=v1,involvedObject.resourceVersion=1,involvedObject.fieldPath=x,reportingComponent=x,source=x"} {
		response, body := raw(t, "GET", "/api/v1/"+path+"?fieldSelector="+strings.ReplaceAll(strings.ReplaceAll(f, "=", "%3D"), ",", "%2C"), "", "", "")
		if response.StatusCode != 200 {
			t.Errorf("%s: %s", path, body)
		}
	}
	// A label selector of all operators.
	for i, l := range []map[string]string{{"a": "1"}, {"a": "2", "b": ""}, {"c": "3"}} {
		m := configMap(fmt.Sprintf("l%d", i))
		m.Labels = l
		_, err := c.CoreV1().ConfigMaps(ns).Create(ctx(t), m, metav1.CreateOptions{})
		must(t, err)
	}
	for sel, want := range map[string]int{"a": 2, "!a,!kube": 2, "a=1": 1, "a==2": 1, "a!=1": 3, "a in (1,2)": 2, "a notin (1)": 3, "b=": 1, "a in (1,2),b": 1, "a>1": 1, "a<2": 1, "": 4} {
		l, err := c.CoreV1().ConfigMaps(ns).List(ctx(t), metav1.ListOptions{LabelSelector: sel})
		if err != nil {
			t.Errorf("%q: %v", sel, err)
		} else if len(l.Items) != want {
			t.Errorf("%q: %d", sel, len(l.Items))
		}
	}
	// Merge patches through the status path do not touch the spec; unknown sub-resources are not found.
	p, err := c.CoreV1().Pods(ns).Create(ctx(t), pod("p"), metav1.CreateOptions{})
	must(t, err)
	_, err = c.CoreV1().Pods(ns).Patch(ctx(t), "p", types.StrategicMergePatchType, []byte(`{"metadata":{"labels":{"x":"y"}},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}]}}`), metav1.PatchOptions{}, "status")
	must(t, err)
	got, err := c.CoreV1().Pods(ns).Get(ctx(t), "p", metav1.GetOptions{})
	must(t, err)
	if got.Status.Phase != "Running" || got.UID != p.UID {
		t.Errorf("%+v", got.Status)
	}
	_, err = c.CoreV1().Pods(ns).Patch(ctx(t), "p", types.StrategicMergePatchType, []byte(`{"spec":{"containers":[{"name":"c","image":"new"}]}}`), metav1.PatchOptions{})
	must(t, err)
	_, err = c.CoreV1().Pods(ns).Patch(ctx(t), "p", types.StrategicMergePatchType, []byte(`{"spec":{"containers":[{"name":"d","image":"new"}]}}`), metav1.PatchOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("added container: %v", err)
	}
	// Deletecollection answers and honours dry run.
	must(t, c.CoreV1().ConfigMaps(ns).DeleteCollection(ctx(t), metav1.DeleteOptions{DryRun: []string{"All"}}, metav1.ListOptions{}))
	l, err := c.CoreV1().ConfigMaps(ns).List(ctx(t), metav1.ListOptions{})
	must(t, err)
	if len(l.Items) < 3 {
		t.Errorf("dry run deleted")
	}
	// Watch of one object by name with a delete and a new object of the same name.
	w, err := c.CoreV1().ConfigMaps(ns).Watch(ctx(t), metav1.ListOptions{FieldSelector: "metadata.name=l0", ResourceVersion: l.ResourceVersion})
	must(t, err)
	defer w.Stop()
	must(t, c.CoreV1().ConfigMaps(ns).Delete(ctx(t), "l0", metav1.DeleteOptions{}))
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), configMap("l0"), metav1.CreateOptions{})
	must(t, err)
	e := <-w.ResultChan()
	if e.Type != watch.Deleted {
		t.Errorf("%v", e)
	}
	deleted := e.Object.(*corev1.ConfigMap)
	if deleted.ResourceVersion == l.Items[0].ResourceVersion {
		t.Errorf("deleted at the version of the last change")
	}
	expectEvent(t, w, watch.Added, "l0")
	for _, path := range []string{"/api/v1/namespaces/" + ns + "/pods/p/nothing", "/api/v1/pods/p", "/api/v1/namespaces/" + ns + "/nodes", "/api/v2", "/apis/apps/v2"} {
		response, body := raw(t, "GET", path, "", "", "")
		t.Logf("%s %d %.150s", path, response.StatusCode, body)
		if response.StatusCode != 404 {
			t.Errorf("%s", path)
		}
	}
	for _, r := range []struct {
		method, path, contentType, body string
		status                          int
	}{
		{"GET", "pods?limit=x", "", "", 400},
		{"GET", "pods?timeoutSeconds=x", "", "", 400},
		{"GET", "pods?allowWatchBookmarks=maybe", "", "", 200},
		{"HEAD", "pods", "", "", 200},
		{"PUT", "pods", "application/json", "{}", 405},
		{"DELETE", "pods/p?propagationPolicy=Wrong", "", "", 422},
		{"DELETE", "pods/p", "application/json", `{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":-5}`, 200},
		{"POST", "configmaps", "application/json", `{"metadata":{"name":"x","namespace":"other"}}`, 400},
		{"PUT", "configmaps/l0", "application/json", `{"metadata":{"name":"other"}}`, 400},
		{"PUT", "configmaps/l0", "application/json", `{"metadata":{"name":"l0","uid":"wrong"}}`, 409},
		{"PUT", "configmaps/l0", "application/json", `{"metadata":{}}`, 400},
		{"PATCH", "configmaps/l0", "application/merge-patch+json", `[]`, 400},
		{"PATCH", "configmaps/l0", "application/merge-patch+json", `{"data":null}`, 200},
	} {
		response, body := raw(t, r.method, "/api/v1/namespaces/"+ns+"/"+r.path, "", r.contentType, r.body)
		if response.StatusCode != r.status {
			t.Errorf("%s %s %s: %d %s", r.method, r.path, r.body, response.StatusCode, body)
		}
	}
}
