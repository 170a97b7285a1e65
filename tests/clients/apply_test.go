package clients

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	autoscalingv1ac "k8s.io/client-go/applyconfigurations/autoscaling/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/util/csaupgrade"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

func deploymentOf(name, namespace string) *appsv1ac.DeploymentApplyConfiguration {
	labels := map[string]string{"app": name}
	return appsv1ac.Deployment(name, namespace).WithSpec(appsv1ac.DeploymentSpec().
		WithSelector(metav1ac.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels).WithSpec(corev1ac.PodSpec().
			WithContainers(corev1ac.Container().WithName("main").WithImage("example.org/a:1").
				WithPorts(corev1ac.ContainerPort().WithContainerPort(80))))))
}

func options(manager string) metav1.ApplyOptions {
	return metav1.ApplyOptions{FieldManager: manager}
}

func entry(t *testing.T, object metav1.Object, manager string) metav1.ManagedFieldsEntry {
	t.Helper()
	for _, one := range object.GetManagedFields() {
		if one.Manager == manager {
			return one
		}
	}
	t.Fatalf("%q manages nothing: %v", manager, object.GetManagedFields())
	return metav1.ManagedFieldsEntry{}
}

func TestServerSideApply(t *testing.T) {
	c := clientset(t)
	t.Run("typed configurations create, change and own", func(t *testing.T) {
		in := space(t)
		deployments := c.AppsV1().Deployments(in)
		made, err := deployments.Apply(ctx(t), deploymentOf("a", in), options("one"))
		must(t, err)
		if made.Generation != 1 || *made.Spec.Replicas != 1 {
			t.Fatalf("%v", made)
		}
		again, err := deployments.Apply(ctx(t), deploymentOf("a", in), options("one"))
		must(t, err)
		if entry(t, again, "one").Operation != metav1.ManagedFieldsOperationApply {
			t.Fatalf("%v", again.ManagedFields)
		}
		own, err := appsv1ac.ExtractDeployment(again, "one")
		must(t, err)
		if !reflect.DeepEqual(own.Spec, deploymentOf("a", in).Spec) {
			got, _ := json.Marshal(own)
			t.Fatalf("extracted %s", got)
		}
	})
	t.Run("conflicts name the other manager and can be forced", func(t *testing.T) {
		in := space(t)
		deployments := c.AppsV1().Deployments(in)
		_, err := deployments.Apply(ctx(t), deploymentOf("a", in), options("one"))
		must(t, err)
		_, err = deployments.UpdateScale(ctx(t), "a", scaleOf("a", in, 3), metav1.UpdateOptions{FieldManager: "scaler"})
		must(t, err)
		wanted := appsv1ac.Deployment("a", in).WithSpec(appsv1ac.DeploymentSpec().WithReplicas(5))
		_, err = deployments.Apply(ctx(t), wanted, options("two"))
		if !errors.IsConflict(err) {
			t.Fatalf("%v", err)
		}
		causes := err.(errors.APIStatus).Status().Details.Causes
		if len(causes) != 1 || causes[0].Type != metav1.CauseTypeFieldManagerConflict || causes[0].Field != ".spec.replicas" ||
			causes[0].Message != `conflict with "scaler" with subresource "scale" using apps/v1` {
			t.Fatalf("%v", causes)
		}
		forced, err := deployments.Apply(ctx(t), wanted, metav1.ApplyOptions{FieldManager: "two", Force: true})
		must(t, err)
		if *forced.Spec.Replicas != 5 {
			t.Fatalf("%v", forced.Spec)
		}
		got, err := deployments.ApplyScale(ctx(t), "a", autoscalingv1ac.Scale().WithName("a").
			WithSpec(autoscalingv1ac.ScaleSpec().WithReplicas(5)), options("three"))
		must(t, err)
		if got.Spec.Replicas != 5 {
			t.Fatalf("%v", got)
		}
	})
	t.Run("what is no longer applied goes, unless another manager has it", func(t *testing.T) {
		in := space(t)
		maps := c.CoreV1().ConfigMaps(in)
		_, err := maps.Apply(ctx(t), corev1ac.ConfigMap("a", in).WithData(map[string]string{"x": "1", "y": "1"}), options("one"))
		must(t, err)
		_, err = maps.Apply(ctx(t), corev1ac.ConfigMap("a", in).WithData(map[string]string{"y": "1"}), options("two"))
		must(t, err)
		left, err := maps.Apply(ctx(t), corev1ac.ConfigMap("a", in), options("one"))
		must(t, err)
		if !reflect.DeepEqual(left.Data, map[string]string{"y": "1"}) {
			t.Fatalf("%v", left.Data)
		}
	})
	t.Run("status is applied apart", func(t *testing.T) {
		in := space(t)
		pods := c.CoreV1().Pods(in)
		_, err := pods.Create(ctx(t), pod("a"), metav1.CreateOptions{FieldManager: "maker"})
		must(t, err)
		got, err := pods.ApplyStatus(ctx(t), corev1ac.Pod("a", in).WithStatus(corev1ac.PodStatus().
			WithMessage("hello").WithConditions(corev1ac.PodCondition().WithType("example.org/x").WithStatus(corev1.ConditionTrue))), options("status"))
		must(t, err)
		if got.Status.Message != "hello" || entry(t, got, "status").Subresource != "status" {
			t.Fatalf("%v", got)
		}
	})
	t.Run("kubectl's client-side apply is taken over", func(t *testing.T) {
		in := space(t)
		maps := c.CoreV1().ConfigMaps(in)
		made := configMap("a")
		made.Namespace = in
		_, err := maps.Create(ctx(t), made, metav1.CreateOptions{FieldManager: "kubectl-client-side-apply"})
		must(t, err)
		current, err := maps.Get(ctx(t), "a", metav1.GetOptions{})
		must(t, err)
		patch, err := csaupgrade.UpgradeManagedFieldsPatch(current, sets.New("kubectl-client-side-apply"), "kubectl")
		must(t, err)
		_, err = maps.Patch(ctx(t), "a", types.JSONPatchType, patch, metav1.PatchOptions{})
		must(t, err)
		applied, err := maps.Apply(ctx(t), corev1ac.ConfigMap("a", in).WithData(map[string]string{"other": "1"}), options("kubectl"))
		must(t, err)
		if !reflect.DeepEqual(applied.Data, map[string]string{"other": "1"}) || len(applied.ManagedFields) != 1 {
			t.Fatalf("%v %v", applied.Data, applied.ManagedFields)
		}
	})
}

func TestDynamicClientApplies(t *testing.T) {
	in := space(t)
	client := dynamic.NewForConfigOrDie(config(t)).Resource(configMaps).Namespace(in)
	object := func(data map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": "a"}, "data": data,
		}}
	}
	made, err := client.Apply(ctx(t), "a", object(map[string]any{"x": "1"}), options("one"))
	must(t, err)
	same, err := client.Apply(ctx(t), "a", object(map[string]any{"x": "1"}), options("one"))
	must(t, err)
	if made.GetResourceVersion() != same.GetResourceVersion() {
		t.Fatalf("applied twice and written twice: %v", same)
	}
	_, err = client.Apply(ctx(t), "a", object(map[string]any{"x": "2"}), metav1.ApplyOptions{FieldManager: "two", DryRun: []string{"All"}, Force: true})
	must(t, err)
	got, err := client.Get(ctx(t), "a", metav1.GetOptions{})
	must(t, err)
	if x, _, _ := unstructured.NestedString(got.Object, "data", "x"); x != "1" {
		t.Fatalf("a dry run wrote: %v", got)
	}
	_, err = client.Apply(ctx(t), "a", object(map[string]any{"x": "1"}), metav1.ApplyOptions{})
	if !errors.IsInvalid(err) {
		t.Fatalf("%v", err)
	}
	must(t, client.Delete(ctx(t), "a", metav1.DeleteOptions{}))
}

func TestPatchTypes(t *testing.T) {
	c := clientset(t)
	in := space(t)
	maps := c.CoreV1().ConfigMaps(in)
	_, err := maps.Create(ctx(t), configMap("a"), metav1.CreateOptions{})
	must(t, err)
	patch := func(kind types.PatchType, text string) (*corev1.ConfigMap, error) {
		return maps.Patch(ctx(t), "a", kind, []byte(text), metav1.PatchOptions{FieldManager: "patcher"})
	}
	for _, one := range []struct {
		kind types.PatchType
		text string
		want map[string]string
	}{
		{types.JSONPatchType, `[{"op":"add","path":"/data/j","value":"1"}]`, map[string]string{"k": "v", "j": "1"}},
		{types.MergePatchType, `{"data":{"m":"1","j":null}}`, map[string]string{"k": "v", "m": "1"}},
		{types.StrategicMergePatchType, `{"data":{"$patch":"replace","s":"1"}}`, map[string]string{"s": "1"}},
	} {
		got, err := patch(one.kind, one.text)
		must(t, err)
		if !reflect.DeepEqual(got.Data, one.want) {
			t.Fatalf("%s: %v", one.kind, got.Data)
		}
		if entry(t, got, "patcher").Operation != metav1.ManagedFieldsOperationUpdate {
			t.Fatalf("%v", got.ManagedFields)
		}
	}
	_, err = patch(types.JSONPatchType, `[{"op":"test","path":"/data/s","value":"2"}]`)
	if !errors.IsInvalid(err) {
		t.Fatalf("%v", err)
	}
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"op":"test","path":"/data/s","value":"1"},`, 10_001), ",") + "]"
	_, err = patch(types.JSONPatchType, many)
	if !errors.IsRequestEntityTooLargeError(err) ||
		!strings.Contains(err.Error(), "The allowed maximum operations in a JSON patch is 10000, got 10001") {
		t.Fatalf("%v", err)
	}
	_, err = patch(types.MergePatchType, `{"data":{"s":5}}`)
	if !errors.IsInvalid(err) {
		t.Fatalf("%v", err)
	}
	_, err = patch("application/apply-patch+cbor", `{}`)
	if !errors.IsUnsupportedMediaType(err) {
		t.Fatalf("%v", err)
	}
}

func TestManagedFieldsOfOrdinaryWriters(t *testing.T) {
	c := config(t)
	c.UserAgent = "my-operator/v1.2 (linux/amd64)"
	in := space(t)
	client := dynamic.NewForConfigOrDie(c).Resource(configMaps).Namespace(in)
	made, err := client.Create(ctx(t), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "a"}, "data": map[string]any{"x": "1"},
	}}, metav1.CreateOptions{})
	must(t, err)
	one := entry(t, made, "my-operator")
	if one.Operation != metav1.ManagedFieldsOperationUpdate || one.FieldsType != "FieldsV1" || one.APIVersion != "v1" || one.Time.IsZero() ||
		string(one.FieldsV1.Raw) != `{"f:data":{".":{},"f:x":{}}}` {
		t.Fatalf("%v %s", one, one.FieldsV1.Raw)
	}
	made.SetManagedFields(nil)
	must(t, unstructured.SetNestedField(made.Object, "2", "data", "y"))
	kept, err := client.Update(ctx(t), made, metav1.UpdateOptions{})
	must(t, err)
	if raw := string(entry(t, kept, "my-operator").FieldsV1.Raw); !strings.Contains(raw, `"f:y":{}`) {
		t.Fatalf("an update without managedFields lost them: %s", raw)
	}
	kept.SetManagedFields([]metav1.ManagedFieldsEntry{{}})
	reset, err := client.Update(ctx(t), kept, metav1.UpdateOptions{})
	must(t, err)
	if len(reset.GetManagedFields()) != 0 {
		t.Fatalf("%v", reset.GetManagedFields())
	}
}

func TestMetadataClientPagesAndDeletesPages(t *testing.T) {
	c := clientset(t)
	in := space(t)
	for i := range 5 {
		one := configMap(fmt.Sprintf("a%d", i))
		one.Labels = map[string]string{"of": "me"}
		_, err := c.CoreV1().ConfigMaps(in).Create(ctx(t), one, metav1.CreateOptions{})
		must(t, err)
	}
	client := metadata.NewForConfigOrDie(config(t)).Resource(configMaps).Namespace(in)
	names := []string{}
	list := metav1.ListOptions{LabelSelector: "of=me", Limit: 2}
	for {
		page, err := client.List(ctx(t), list)
		must(t, err)
		for _, one := range page.Items {
			names = append(names, one.Name)
		}
		if page.Continue == "" {
			break
		}
		list.Continue = page.Continue
	}
	if strings.Join(names, " ") != "a0 a1 a2 a3 a4" {
		t.Fatalf("%v", names)
	}
	must(t, client.DeleteCollection(ctx(t), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "of=me", Limit: 2}))
	left, err := client.List(ctx(t), metav1.ListOptions{LabelSelector: "of=me"})
	must(t, err)
	if len(left.Items) != 3 {
		t.Fatalf("%d left", len(left.Items))
	}
	patched, err := client.Patch(ctx(t), left.Items[0].Name, types.MergePatchType, []byte(`{"metadata":{"labels":{"x":"y"}}}`), metav1.PatchOptions{})
	must(t, err)
	if patched.Labels["x"] != "y" {
		t.Fatalf("%v", patched)
	}
}

func scaleOf(name, namespace string, replicas int32) *autoscalingv1.Scale {
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
	}
}
