package clients

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

type warnings struct {
	sync.Mutex
	texts []string
}

func (w *warnings) HandleWarningHeader(code int, agent, text string) {
	w.Lock()
	w.texts = append(w.texts, text)
	w.Unlock()
}

func TestErrorsAndValidation(t *testing.T) {
	ns := space(t)
	cfg := config(t)
	warned := &warnings{}
	cfg.WarningHandler = warned
	c := kubernetes.NewForConfigOrDie(cfg)
	causes := func(err error) string {
		s, ok := err.(apierrors.APIStatus)
		if !ok || s.Status().Details == nil {
			return "none"
		}
		var texts []string
		for _, c := range s.Status().Details.Causes {
			texts = append(texts, fmt.Sprintf("%s(%s)", c.Field, c.Type))
		}
		return strings.Join(texts, ",")
	}
	p := pod("Wrong_Name")
	p.Spec.Containers[0].Image = ""
	p.Spec.RestartPolicy = "Sometimes"
	_, err := c.CoreV1().Pods(ns).Create(ctx(t), p, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) || causes(err) != "metadata.name(FieldValueInvalid),spec.containers[0].image(FieldValueRequired),spec.restartPolicy(FieldValueNotSupported)" {
		t.Errorf("%v: %s", err, causes(err))
	}
	_, err = c.CoreV1().ConfigMaps("no-such").Create(ctx(t), configMap("a"), metav1.CreateOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("create in a missing namespace: %v", err)
	}
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), configMap(strings.Repeat("a", 254)), metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("long name: %v", err)
	}
	for _, name := range []string{strings.Repeat("a", 253), "a.b-c.d", "0"} {
		_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), configMap(name), metav1.CreateOptions{})
		must(t, err)
		_, err = c.CoreV1().ConfigMaps(ns).Get(ctx(t), name, metav1.GetOptions{})
		must(t, err)
	}
	m := configMap("")
	m.GenerateName = strings.Repeat("g", 300)
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), m, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) {
		t.Errorf("long generateName: %v", err)
	}
	m.GenerateName = strings.Repeat("g", 100)
	m, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), m, metav1.CreateOptions{})
	must(t, err)
	if len(m.Name) != 63 {
		t.Errorf("generated %d %s", len(m.Name), m.Name)
	}
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), configMap("dry"), metav1.CreateOptions{DryRun: []string{"All"}})
	must(t, err)
	_, err = c.CoreV1().ConfigMaps(ns).Get(ctx(t), "dry", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("dry run: %v", err)
	}
	body := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"w"},"data":{"a":"1","a":"2"},"unknown":1}`
	post := func(validation string) error {
		return c.CoreV1().RESTClient().Post().Namespace(ns).Resource("configmaps").Param("fieldValidation", validation).Param("dryRun", "All").Body([]byte(body)).SetHeader("Content-Type", "application/json").Do(ctx(t)).Error()
	}
	must(t, post("Warn"))
	if fmt.Sprint(warned.texts) != `[duplicate field "data.a" unknown field "unknown"]` && fmt.Sprint(warned.texts) != `[unknown field "unknown" duplicate field "data.a"]` {
		t.Errorf("warnings %q", warned.texts)
	}
	if err := post("Strict"); !apierrors.IsBadRequest(err) {
		t.Errorf("strict: %v", err)
	}
	if err := post("Wrong"); !apierrors.IsInvalid(err) {
		t.Errorf("wrong validation: %v", err)
	}
	for _, b := range []string{"", "{", "[]", "null", `"a"`, `{"kind":"Pod","apiVersion":"v1"}`, `{"apiVersion":"v2","kind":"ConfigMap"}`, `{"metadata":{"name":5}}`, `{"metadata":{"name":"a","labels":{"a":1}}}`} {
		err := c.CoreV1().RESTClient().Post().Namespace(ns).Resource("configmaps").Body([]byte(b)).SetHeader("Content-Type", "application/json").Do(ctx(t)).Error()
		if !apierrors.IsBadRequest(err) {
			t.Errorf("%q: %v", b, err)
		}
	}
	big := configMap("big")
	big.Data["k"] = strings.Repeat("x", 1<<21)
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), big, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) && !apierrors.IsRequestEntityTooLargeError(err) {
		t.Errorf("2 MiB: %v", err)
	}
	big.Data["k"] = strings.Repeat("x", 1<<22)
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), big, metav1.CreateOptions{})
	if !apierrors.IsRequestEntityTooLargeError(err) {
		t.Errorf("4 MiB: %v", err)
	}
	for _, b := range []string{`{"metadata":{"labels":{"a b":"c"}}}`, `{"metadata":{"name":"other"}}`, `{"immutable":"x"}`, `[`, `{"metadata":{"resourceVersion":"1"}}`, `{"metadata":{"uid":"x"}}`, `{"kind":"Pod"}`} {
		_, err := c.CoreV1().ConfigMaps(ns).Patch(ctx(t), "0", types.MergePatchType, []byte(b), metav1.PatchOptions{})
		if err == nil {
			t.Errorf("%s: taken", b)
		}
	}
	for _, b := range []string{`[{"op":"remove","path":"/data/none"}]`, `[{"op":"test","path":"/data/k","value":"z"}]`, `{"a":1}`, `[{"op":"nonsense","path":"/a"}]`} {
		_, err := c.CoreV1().ConfigMaps(ns).Patch(ctx(t), "0", types.JSONPatchType, []byte(b), metav1.PatchOptions{})
		if err == nil {
			t.Errorf("%s: taken", b)
		}
	}
	_, err = c.CoreV1().ConfigMaps(ns).Patch(ctx(t), "none", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("patch of nothing: %v", err)
	}
	bad := rest.CopyConfig(cfg)
	bad.BearerToken = "nonsense"
	_, err = kubernetes.NewForConfigOrDie(bad).CoreV1().Pods(ns).List(ctx(t), metav1.ListOptions{})
	if !apierrors.IsUnauthorized(err) {
		t.Errorf("bad token: %v", err)
	}
	anonymous := rest.AnonymousClientConfig(cfg)
	_, err = kubernetes.NewForConfigOrDie(anonymous).CoreV1().Pods(ns).List(ctx(t), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) && !apierrors.IsUnauthorized(err) {
		t.Errorf("anonymous: %v", err)
	}
	fresh := configMap("unconditional")
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), fresh, metav1.CreateOptions{})
	must(t, err)
	fresh.Data["k"] = "2"
	_, err = c.CoreV1().ConfigMaps(ns).Update(ctx(t), fresh, metav1.UpdateOptions{})
	must(t, err)
	_, err = c.CoreV1().ConfigMaps(ns).Update(ctx(t), configMap("missing"), metav1.UpdateOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("update of nothing: %v", err)
	}
	// A Lease may be made by an update.
	_, err = c.CoordinationV1().Leases(ns).Update(ctx(t), lease("put"), metav1.UpdateOptions{})
	must(t, err)
}
