package clients

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	memory "k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/openapi3"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

func TestContentTypes(t *testing.T) {
	ns := space(t)
	for _, o := range []rest.ContentConfig{
		{ContentType: "application/vnd.kubernetes.protobuf", AcceptContentTypes: "application/vnd.kubernetes.protobuf,application/json"},
		{ContentType: "application/vnd.kubernetes.protobuf"},
		{ContentType: "application/json"},
		{ContentType: "application/cbor", AcceptContentTypes: "application/cbor,application/json"},
	} {
		t.Run(o.ContentType+" "+o.AcceptContentTypes, func(t *testing.T) {
			cfg := config(t)
			cfg.ContentConfig = o
			c := kubernetes.NewForConfigOrDie(cfg)
			name := strings.ReplaceAll(strings.ToLower(fmt.Sprintf("d%d", namespaces.Add(1))), "_", "-")
			d := deployment(name, 0)
			d.Spec.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "ü"}}
			d.Annotations = map[string]string{"a": "b"}
			d, err := c.AppsV1().Deployments(ns).Create(ctx(t), d, metav1.CreateOptions{})
			must(t, err)
			w, err := c.AppsV1().Deployments(ns).Watch(ctx(t), metav1.ListOptions{ResourceVersion: d.ResourceVersion, FieldSelector: "metadata.name=" + name})
			must(t, err)
			defer w.Stop()
			_, err = c.AppsV1().Deployments(ns).Patch(ctx(t), name, types.StrategicMergePatchType, []byte(`{"metadata":{"annotations":{"c":"d"}}}`), metav1.PatchOptions{})
			must(t, err)
			e := <-w.ResultChan()
			if x, ok := e.Object.(*appsv1.Deployment); !ok || x.UID != d.UID || x.Spec.Template.Spec.Containers[0].Env[0].Value != "ü" {
				t.Errorf("%v %#v", e.Type, e.Object)
			}
			l, err := c.AppsV1().Deployments(ns).List(ctx(t), metav1.ListOptions{})
			must(t, err)
			if len(l.Items) == 0 || l.ResourceVersion == "" {
				t.Errorf("%+v", l)
			}
			_, err = c.CoreV1().Pods(ns).Get(ctx(t), "none", metav1.GetOptions{})
			if !apierrors.IsNotFound(err) {
				t.Errorf("%v", err)
			}
			must(t, c.AppsV1().Deployments(ns).Delete(ctx(t), name, metav1.DeleteOptions{}))
		})
	}
}

func TestDiscovery(t *testing.T) {
	for _, legacy := range []bool{false, true} {
		d := discovery.NewDiscoveryClientForConfigOrDie(config(t))
		d.UseLegacyDiscovery = legacy
		groups, lists, err := d.ServerGroupsAndResources()
		must(t, err)
		if len(groups) < 5 {
			t.Errorf("%d groups", len(groups))
		}
		found := map[string]bool{}
		for _, l := range lists {
			for _, r := range l.APIResources {
				found[l.GroupVersion+"/"+r.Name] = true
				if r.Kind == "" || len(r.Verbs) == 0 || (!strings.Contains(r.Name, "/") && r.SingularName == "") {
					t.Errorf("%s %+v", l.GroupVersion, r)
				}
			}
		}
		for _, name := range []string{"v1/pods", "v1/pods/status", "v1/pods/binding", "v1/pods/eviction", "v1/pods/log", "v1/bindings", "v1/replicationcontrollers/scale", "apps/v1/deployments/scale", "apps/v1/replicasets/scale", "v1/namespaces/finalize", "v1/services/status", "v1/nodes/status", "events.k8s.io/v1/events", "discovery.k8s.io/v1/endpointslices", "coordination.k8s.io/v1/leases"} {
			if !found[name] {
				t.Errorf("legacy %v: no %s", legacy, name)
			}
		}
		mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(d))
		for _, s := range []string{"po", "svc", "deploy", "rs", "rc", "cm", "sa", "ns", "no", "ev", "ep"} {
			gvr, err := restmapper.NewShortcutExpander(mapper, d, nil).ResourceFor(schema.GroupVersionResource{Resource: s})
			if err != nil {
				t.Errorf("%s: %v", s, err)
			}
			_ = gvr
		}
		v, err := d.ServerVersion()
		must(t, err)
		if v.Major != "1" || !strings.HasPrefix(v.GitVersion, "v1.36") {
			t.Errorf("%+v", v)
		}
		paths, err := d.OpenAPIV3().Paths()
		must(t, err)
		root := openapi3.NewRoot(d.OpenAPIV3())
		if len(paths) < 5 {
			t.Errorf("%d paths", len(paths))
		}
		spec, err := root.GVSpec(schema.GroupVersion{Group: "apps", Version: "v1"})
		must(t, err)
		if spec.Paths.Paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"] == nil {
			t.Error("no path of deployments")
		}
	}
	for _, path := range []string{"/healthz", "/livez", "/readyz", "/readyz?verbose", "/version", "/api", "/apis", "/", "/metrics", "/livez/ping", "/readyz/ping", "/openapi/v3"} {
		if response, body := raw(t, "GET", path, "", "", ""); response.StatusCode != 200 {
			t.Errorf("%s %d %s", path, response.StatusCode, body)
		}
	}
}

func TestClientsThatLeave(t *testing.T) {
	ns := space(t)
	fill(t, ns, 200)
	cfg := config(t)
	c := kubernetes.NewForConfigOrDie(cfg)
	for i := range 50 {
		short, cancel := context.WithTimeout(context.Background(), time.Duration(i)*200*time.Microsecond)
		_, _ = c.CoreV1().ConfigMaps(ns).List(short, metav1.ListOptions{})
		_, _ = c.CoreV1().ConfigMaps(ns).Create(short, configMap(fmt.Sprintf("short%d", i)), metav1.CreateOptions{})
		cancel()
	}
	for range 20 {
		client, err := rest.HTTPClientFor(config(t))
		must(t, err)
		client.Transport.(interface {
			RoundTrip(*http.Request) (*http.Response, error)
		}).RoundTrip(must1(http.NewRequest("GET", cfg.Host+"/api/v1/pods?watch=1", nil)))
		client.CloseIdleConnections()
	}
	_, err := c.CoreV1().ConfigMaps(ns).List(ctx(t), metav1.ListOptions{})
	must(t, err)
	// Timeouts in the query end a request in order.
	cfg.Timeout = 2 * time.Second
	w, err := kubernetes.NewForConfigOrDie(cfg).CoreV1().ConfigMaps(ns).Watch(ctx(t), metav1.ListOptions{})
	must(t, err)
	w.Stop()
}

func must1[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
