package clients

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

func TestPods(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	pods := c.CoreV1().Pods(ns)
	_, err := c.CoreV1().Nodes().Create(ctx(t), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: ns}, Spec: corev1.NodeSpec{Unschedulable: true}}, metav1.CreateOptions{})
	must(t, err)
	defer c.CoreV1().Nodes().Delete(context.Background(), ns, metav1.DeleteOptions{})
	made, err := pods.Create(ctx(t), pod("p"), metav1.CreateOptions{})
	must(t, err)
	if made.Status.Phase != "Pending" || made.Status.QOSClass != "BestEffort" || made.Spec.ServiceAccountName != "default" || made.Generation != 1 {
		t.Errorf("%+v %+v", made.ObjectMeta, made.Status)
	}
	bind := func(name string, uid types.UID) error {
		return pods.Bind(ctx(t), &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: name, UID: uid}, Target: corev1.ObjectReference{Kind: "Node", Name: ns}}, metav1.CreateOptions{})
	}
	if err := bind("p", "wrong"); !apierrors.IsConflict(err) {
		t.Errorf("bind with a wrong uid: %v", err)
	}
	must(t, bind("p", made.UID))
	if err := bind("p", ""); !apierrors.IsConflict(err) {
		t.Errorf("second bind: %v", err)
	}
	if err := bind("none", ""); !apierrors.IsNotFound(err) {
		t.Errorf("bind of nothing: %v", err)
	}
	got, err := pods.Get(ctx(t), "p", metav1.GetOptions{})
	must(t, err)
	if got.Spec.NodeName != ns || got.Status.Conditions[0].Type != "PodScheduled" || got.Status.Conditions[0].Status != "True" {
		t.Errorf("%s %+v", got.Spec.NodeName, got.Status)
	}
	list, err := pods.List(ctx(t), metav1.ListOptions{FieldSelector: "spec.nodeName=" + ns + ",status.phase=Pending,spec.restartPolicy=Always"})
	must(t, err)
	if len(list.Items) != 1 {
		t.Errorf("%d on node", len(list.Items))
	}
	got.Spec.Containers[0].Image = "other"
	got.Status.Phase = "Running"
	got, err = pods.Update(ctx(t), got, metav1.UpdateOptions{})
	must(t, err)
	if got.Status.Phase != "Pending" || got.Spec.Containers[0].Image != "other" || got.Generation != 2 {
		t.Errorf("update: %s %s %d", got.Status.Phase, got.Spec.Containers[0].Image, got.Generation)
	}
	got.Status.Phase = "Running"
	got.Status.ObservedGeneration = 2
	got.Spec.Containers[0].Image = "third"
	got, err = pods.UpdateStatus(ctx(t), got, metav1.UpdateOptions{})
	must(t, err)
	if got.Status.Phase != "Running" || got.Spec.Containers[0].Image != "other" || got.Generation != 2 {
		t.Errorf("status: %+v", got)
	}
	got.Spec.Hostname = "changed"
	if _, err := pods.Update(ctx(t), got, metav1.UpdateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("a change of what cannot change: %v", err)
	}
	w, err := pods.Watch(ctx(t), metav1.ListOptions{ResourceVersion: got.ResourceVersion})
	must(t, err)
	defer w.Stop()
	rv := "1"
	if err := pods.Delete(ctx(t), "p", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{ResourceVersion: &rv}}); !apierrors.IsConflict(err) {
		t.Errorf("delete with an old version: %v", err)
	}
	must(t, pods.Delete(ctx(t), "p", metav1.DeleteOptions{}))
	expectEvent(t, w, watch.Modified, "p")
	got, err = pods.Get(ctx(t), "p", metav1.GetOptions{})
	must(t, err)
	if got.DeletionTimestamp == nil || *got.DeletionGracePeriodSeconds != 30 || got.Generation != 3 {
		t.Errorf("deletion %v %v generation %d", got.DeletionTimestamp, got.DeletionGracePeriodSeconds, got.Generation)
	}
	must(t, pods.Delete(ctx(t), "p", metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(0)), Preconditions: &metav1.Preconditions{UID: &got.UID}}))
	for e := range w.ResultChan() {
		if e.Type == watch.Deleted {
			break
		}
	}
	_, err = pods.Create(ctx(t), pod("evicted"), metav1.CreateOptions{})
	must(t, err)
	must(t, pods.EvictV1(ctx(t), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "evicted", Namespace: ns}, DeleteOptions: &metav1.DeleteOptions{}}))
	eventually(t, "the evicted pod is gone", func() (bool, error) {
		_, err := pods.Get(ctx(t), "evicted", metav1.GetOptions{})
		return apierrors.IsNotFound(err), err
	})
	if err := pods.EvictV1(ctx(t), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "none", Namespace: ns}}); !apierrors.IsNotFound(err) {
		t.Errorf("eviction of nothing: %v", err)
	}
	_, err = pods.GetLogs("none", &corev1.PodLogOptions{}).DoRaw(ctx(t))
	if !apierrors.IsNotFound(err) {
		t.Errorf("logs of nothing: %v", err)
	}
	_, err = pods.Create(ctx(t), pod("unbound"), metav1.CreateOptions{})
	must(t, err)
	_, err = pods.GetLogs("unbound", &corev1.PodLogOptions{}).DoRaw(ctx(t))
	must(t, err)
	_, err = pods.GetLogs("unbound", &corev1.PodLogOptions{Container: "x"}).DoRaw(ctx(t))
	if !apierrors.IsBadRequest(err) {
		t.Errorf("logs of another container: %v", err)
	}
	fin := pod("fin")
	fin.Finalizers = []string{"example.org/hold"}
	_, err = pods.Create(ctx(t), fin, metav1.CreateOptions{})
	must(t, err)
	must(t, pods.Delete(ctx(t), "fin", metav1.DeleteOptions{}))
	got, err = pods.Get(ctx(t), "fin", metav1.GetOptions{})
	must(t, err)
	if got.DeletionTimestamp == nil || *got.DeletionGracePeriodSeconds != 0 {
		t.Errorf("%+v", got.ObjectMeta)
	}
	_, err = pods.Patch(ctx(t), "fin", types.JSONPatchType, []byte(`[{"op":"remove","path":"/metadata/finalizers"}]`), metav1.PatchOptions{})
	must(t, err)
	_, err = pods.Get(ctx(t), "fin", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("fin: %v", err)
	}
}
