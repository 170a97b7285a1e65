package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"
)

func fill(t *testing.T, ns string, count int) {
	t.Helper()
	c := clientset(t).CoreV1().ConfigMaps(ns)
	errs := make(chan error)
	for w := range 8 {
		go func() {
			for i := w; i < count; i += 8 {
				m := configMap(fmt.Sprintf("m%05d", i))
				m.Labels = map[string]string{"parity": strconv.Itoa(i % 2)}
				if _, err := c.Create(context.Background(), m, metav1.CreateOptions{}); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range 8 {
		must(t, <-errs)
	}
}

func mine(items []corev1.ConfigMap) []string {
	var names []string
	for _, i := range items {
		if i.Name != "kube-root-ca.crt" {
			names = append(names, i.Name)
		}
	}
	return names
}

func TestPagesAreOneState(t *testing.T) {
	ns := space(t)
	fill(t, ns, 53)
	c := clientset(t).CoreV1().ConfigMaps(ns)
	first, err := c.List(ctx(t), metav1.ListOptions{Limit: 10, LabelSelector: "parity"})
	must(t, err)
	must(t, c.Delete(ctx(t), "m00030", metav1.DeleteOptions{}))
	_, err = c.Create(ctx(t), configMap("m00011a"), metav1.CreateOptions{})
	must(t, err)
	names := mine(first.Items)
	page := first
	for page.Continue != "" {
		page, err = c.List(ctx(t), metav1.ListOptions{Limit: 10, Continue: page.Continue, LabelSelector: "parity"})
		must(t, err)
		if page.ResourceVersion != first.ResourceVersion {
			t.Errorf("page of another version")
		}
		names = append(names, mine(page.Items)...)
	}
	if len(names) != 53 {
		t.Errorf("%d names", len(names))
	}
	all, err := c.List(ctx(t), metav1.ListOptions{Limit: 10})
	must(t, err)
	if all.RemainingItemCount == nil {
		t.Errorf("no remainingItemCount")
	}
	selected, err := c.List(ctx(t), metav1.ListOptions{Limit: 10, LabelSelector: "parity=1"})
	must(t, err)
	if selected.RemainingItemCount != nil || selected.Continue == "" {
		t.Errorf("a selected page: %v %q", selected.RemainingItemCount, selected.Continue)
	}
}

func TestListVersions(t *testing.T) {
	ns := space(t)
	fill(t, ns, 3)
	c := clientset(t).CoreV1().ConfigMaps(ns)
	l, err := c.List(ctx(t), metav1.ListOptions{LabelSelector: "parity"})
	must(t, err)
	rv := l.ResourceVersion
	must(t, c.Delete(ctx(t), "m00001", metav1.DeleteOptions{}))
	for _, o := range []struct {
		options metav1.ListOptions
		count   int
		bad     func(error) bool
	}{
		{metav1.ListOptions{ResourceVersion: "0"}, 2, nil},
		{metav1.ListOptions{ResourceVersion: "0", ResourceVersionMatch: "NotOlderThan"}, 2, nil},
		{metav1.ListOptions{ResourceVersion: rv}, 2, nil},
		{metav1.ListOptions{ResourceVersion: rv, ResourceVersionMatch: "NotOlderThan"}, 2, nil},
		{metav1.ListOptions{ResourceVersion: rv, ResourceVersionMatch: "Exact"}, 3, nil},
		{metav1.ListOptions{ResourceVersion: rv, Limit: 500}, 3, nil},
		{metav1.ListOptions{ResourceVersion: rv, ResourceVersionMatch: "NotOlderThan", Limit: 500}, 2, nil},
		{metav1.ListOptions{ResourceVersion: "0", ResourceVersionMatch: "Exact"}, 0, apierrors.IsInvalid},
		{metav1.ListOptions{ResourceVersionMatch: "Exact"}, 0, apierrors.IsInvalid},
		{metav1.ListOptions{ResourceVersion: rv, ResourceVersionMatch: "nonsense"}, 0, apierrors.IsInvalid},
		{metav1.ListOptions{ResourceVersion: "abc"}, 0, apierrors.IsBadRequest},
		{metav1.ListOptions{SendInitialEvents: ptr(true), ResourceVersionMatch: "NotOlderThan"}, 0, apierrors.IsInvalid},
		{metav1.ListOptions{Continue: "nonsense"}, 0, apierrors.IsBadRequest},
		{metav1.ListOptions{LabelSelector: "a in (b"}, 0, apierrors.IsBadRequest},
		{metav1.ListOptions{FieldSelector: "a b"}, 0, apierrors.IsBadRequest},
		{metav1.ListOptions{FieldSelector: "spec.nothing=x"}, 0, apierrors.IsBadRequest},
	} {
		o.options.LabelSelector = strings.TrimPrefix(o.options.LabelSelector+",parity", ",")
		got, err := c.List(ctx(t), o.options)
		switch {
		case o.bad != nil:
			if !o.bad(err) {
				t.Errorf("%+v: %v", o.options, err)
			}
		case err != nil:
			t.Errorf("%+v: %v", o.options, err)
		case len(got.Items) != o.count:
			t.Errorf("%+v: %d items", o.options, len(got.Items))
		}
	}
	for _, rv := range []string{"0", rv} {
		_, err = c.Get(ctx(t), "m00002", metav1.GetOptions{ResourceVersion: rv})
		must(t, err)
	}
	// client-go would ask again and again.
	response, body := raw(t, "GET", "/api/v1/namespaces/"+ns+"/configmaps?resourceVersion=999999999", "", "", "")
	var status metav1.Status
	must(t, json.Unmarshal(body, &status))
	if response.StatusCode != 504 || !apierrors.HasStatusCause(&apierrors.StatusError{ErrStatus: status}, metav1.CauseTypeResourceVersionTooLarge) {
		t.Errorf("list of the future: %s", body)
	}
}

func collect(t *testing.T, w watch.Interface, n int) []string {
	t.Helper()
	var lines []string
	timeout := time.After(10 * time.Second)
	for len(lines) < n {
		select {
		case e, ok := <-w.ResultChan():
			if !ok {
				t.Fatalf("ended after %v", lines)
			}
			switch o := e.Object.(type) {
			case *corev1.ConfigMap:
				end := o.Annotations[metav1.InitialEventsAnnotationKey]
				lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Type, o.Name, end)))
			case *metav1.Status:
				lines = append(lines, fmt.Sprintf("%s %d %s", e.Type, o.Code, o.Reason))
			default:
				lines = append(lines, fmt.Sprintf("%s %T", e.Type, o))
			}
		case <-timeout:
			t.Fatalf("only %v", lines)
		}
	}
	return lines
}

func TestWatches(t *testing.T) {
	ns := space(t)
	fill(t, ns, 3)
	c := clientset(t).CoreV1().ConfigMaps(ns)
	l, err := c.List(ctx(t), metav1.ListOptions{LabelSelector: "parity"})
	must(t, err)
	change := func(name, parity string) {
		_, err := c.Patch(ctx(t), name, "application/merge-patch+json", []byte(`{"metadata":{"labels":{"parity":"`+parity+`"}}}`), metav1.PatchOptions{})
		must(t, err)
	}
	for _, o := range []struct {
		name    string
		options metav1.ListOptions
		want    string
	}{
		{"no version", metav1.ListOptions{}, "ADDED m00000,ADDED m00002"},
		{"0", metav1.ListOptions{ResourceVersion: "0"}, "ADDED m00000,ADDED m00002"},
		{"watch list", metav1.ListOptions{AllowWatchBookmarks: true, SendInitialEvents: ptr(true), ResourceVersionMatch: "NotOlderThan"}, "ADDED m00000,ADDED m00002,BOOKMARK  true"},
		{"watch list 0", metav1.ListOptions{ResourceVersion: "0", AllowWatchBookmarks: true, SendInitialEvents: ptr(true), ResourceVersionMatch: "NotOlderThan"}, "ADDED m00000,ADDED m00002,BOOKMARK  true"},
		{"watch list at", metav1.ListOptions{ResourceVersion: l.ResourceVersion, AllowWatchBookmarks: true, SendInitialEvents: ptr(true), ResourceVersionMatch: "NotOlderThan"}, "ADDED m00000,ADDED m00002,BOOKMARK  true"},
		{"without initial", metav1.ListOptions{AllowWatchBookmarks: true, SendInitialEvents: ptr(false), ResourceVersionMatch: "NotOlderThan"}, ""},
		{"after", metav1.ListOptions{ResourceVersion: l.ResourceVersion}, ""},
	} {
		t.Run(o.name, func(t *testing.T) {
			o.options.LabelSelector = "parity=0"
			w, err := c.Watch(ctx(t), o.options)
			must(t, err)
			defer w.Stop()
			want := []string{}
			if o.want != "" {
				want = strings.Split(o.want, ",")
			}
			var got []string
			got = collect(t, w, len(want))
			change("m00001", "0")
			change("m00001", "1")
			got = append(got, collect(t, w, 2)...)
			want = append(want, "ADDED m00001", "DELETED m00001")
			for i := range want {
				if strings.Join(strings.Fields(got[i]), " ") != strings.Join(strings.Fields(want[i]), " ") {
					t.Errorf("%d: %q instead of %q", i, got[i], want[i])
				}
			}
			l, err = c.List(ctx(t), metav1.ListOptions{LabelSelector: "parity"})
		})
	}
	for _, o := range []metav1.ListOptions{
		{SendInitialEvents: ptr(true)},
		{ResourceVersionMatch: "NotOlderThan"},
		{SendInitialEvents: ptr(true), ResourceVersionMatch: "Exact"},
		{SendInitialEvents: ptr(true), ResourceVersionMatch: "NotOlderThan", Continue: "x"},
	} {
		if _, err := c.Watch(ctx(t), o); !apierrors.IsInvalid(err) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	w, err := c.Watch(ctx(t), metav1.ListOptions{TimeoutSeconds: ptr(int64(1)), AllowWatchBookmarks: true, ResourceVersion: l.ResourceVersion})
	must(t, err)
	end := time.After(8 * time.Second)
	for open := true; open; {
		select {
		case _, ok := <-w.ResultChan():
			open = ok
		case <-end:
			t.Fatal("a watch of 1 s goes on")
		}
	}
}

// Raw requests: what the typed clients hide.
func raw(t *testing.T, method, path, accept, contentType, body string) (*http.Response, []byte) {
	t.Helper()
	c := config(t)
	client, err := rest.HTTPClientFor(c)
	must(t, err)
	request, err := http.NewRequestWithContext(ctx(t), method, c.Host+path, strings.NewReader(body))
	must(t, err)
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := client.Do(request)
	must(t, err)
	defer response.Body.Close()
	var b strings.Builder
	buf := make([]byte, 65536)
	for {
		n, err := response.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			break
		}
	}
	return response, []byte(b.String())
}

func TestTablesAndMetadata(t *testing.T) {
	ns := space(t)
	fill(t, ns, 3)
	base := "/api/v1/namespaces/" + ns + "/configmaps?labelSelector=parity"
	table := "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
	_, body := raw(t, "GET", base, table, "", "")
	var list metav1.Table
	must(t, json.Unmarshal(body, &list))
	if list.Kind != "Table" || len(list.Rows) != 3 || list.ResourceVersion == "" {
		t.Errorf("table %s", body)
	}
	for include, kind := range map[string]string{"None": "", "Metadata": "PartialObjectMetadata", "Object": "ConfigMap"} {
		_, body = raw(t, "GET", base+"&includeObject="+include, table, "", "")
		var list struct {
			Rows []struct{ Object *metav1.TypeMeta }
		}
		must(t, json.Unmarshal(body, &list))
		for _, r := range list.Rows {
			if (r.Object == nil) != (kind == "") || r.Object != nil && r.Object.Kind != kind {
				t.Errorf("%s: %s", include, body)
			}
		}
	}
	one := "/api/v1/namespaces/" + ns + "/configmaps/m00001"
	partial := "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
	for _, r := range []struct {
		method, path, accept string
		status               int
		contains             string
	}{
		{"GET", base + "&includeObject=Wrong", table, 400, "unrecognized includeObject"},
		{"GET", base, partial, 200, `"PartialObjectMetadataList"`},
		{"GET", one, partial, 200, `"PartialObjectMetadata"`},
		{"GET", one, partial + "List", 406, ""},
		{"GET", one, "application/xml", 406, "NotAcceptable"},
		{"GET", one, "application/yaml", 200, "kind: ConfigMap"},
		{"GET", one, table, 200, `"Table"`},
		{"DELETE", one, table, 200, `"Success"`},
		{"GET", one, table, 404, `"Status"`},
		{"GET", strings.Replace(base, "/api/v1/", "/api/v1/watch/", 1) + "&timeoutSeconds=1&resourceVersion=0", "", 200, `"ADDED"`},
	} {
		r.accept = strings.Replace(r.accept, "PartialObjectMetadata;v=v1;g=meta.k8s.ioList", "PartialObjectMetadataList;v=v1;g=meta.k8s.io", 1)
		response, body := raw(t, r.method, r.path, r.accept, "", "")
		if response.StatusCode != r.status || !strings.Contains(string(body), r.contains) {
			t.Errorf("%s %s %s: %d %s", r.method, r.path, r.accept, response.StatusCode, body)
		}
	}
}

func TestLargeLists(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 objects take their time")
	}
	ns := space(t)
	fill(t, ns, 20000)
	c := clientset(t).CoreV1().ConfigMaps(ns)
	l, err := c.List(ctx(t), metav1.ListOptions{LabelSelector: "parity"})
	must(t, err)
	if len(l.Items) != 20000 {
		t.Errorf("%d items", len(l.Items))
	}
	seen := map[string]bool{}
	p := pager.New(pager.SimplePageFunc(func(o metav1.ListOptions) (runtime.Object, error) { return c.List(ctx(t), o) }))
	must(t, p.EachListItem(ctx(t), metav1.ListOptions{LabelSelector: "parity"}, func(o runtime.Object) error {
		seen[o.(*corev1.ConfigMap).Name] = true
		return nil
	}))
	if len(seen) != 20000 {
		t.Errorf("%d in pages", len(seen))
	}
	must(t, c.DeleteCollection(ctx(t), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "parity"}))
}
