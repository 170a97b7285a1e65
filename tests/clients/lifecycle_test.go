package clients

import (
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestGarbageCollection(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	sets := c.AppsV1().ReplicaSets(ns)
	for _, policy := range []metav1.DeletionPropagation{"Background", "Foreground", "Orphan"} {
		t.Run(string(policy), func(t *testing.T) {
			name := strings.ToLower(string(policy))
			d := deployment(name, 2)
			_, err := sets.Create(ctx(t), &appsv1.ReplicaSet{ObjectMeta: d.ObjectMeta, Spec: appsv1.ReplicaSetSpec{Replicas: d.Spec.Replicas, Selector: d.Spec.Selector, Template: d.Spec.Template}}, metav1.CreateOptions{})
			must(t, err)
			count := func() int {
				list, err := c.CoreV1().Pods(ns).List(ctx(t), metav1.ListOptions{LabelSelector: "app=" + name})
				must(t, err)
				return len(list.Items)
			}
			eventually(t, "two pods", func() (bool, error) { return count() == 2, nil })
			must(t, sets.Delete(ctx(t), name, metav1.DeleteOptions{PropagationPolicy: &policy}))
			eventually(t, "the set is gone", func() (bool, error) {
				_, err := sets.Get(ctx(t), name, metav1.GetOptions{})
				return apierrors.IsNotFound(err), err
			})
			if policy == "Orphan" {
				time.Sleep(time.Second)
				list, err := c.CoreV1().Pods(ns).List(ctx(t), metav1.ListOptions{LabelSelector: "app=" + name})
				must(t, err)
				if len(list.Items) != 2 || len(list.Items[0].OwnerReferences) != 0 {
					t.Errorf("orphans %+v", list.Items)
				}
			} else {
				eventually(t, "the pods are gone", func() (bool, error) { return count() == 0, nil })
			}
		})
	}
}

func TestNamespacesEnd(t *testing.T) {
	ns := space(t)
	c := clientset(t)
	eventually(t, "the default account is there", func() (bool, error) {
		_, err := c.CoreV1().ServiceAccounts(ns).Get(ctx(t), "default", metav1.GetOptions{})
		return err == nil, err
	})
	eventually(t, "the root certificate is there", func() (bool, error) {
		_, err := c.CoreV1().ConfigMaps(ns).Get(ctx(t), "kube-root-ca.crt", metav1.GetOptions{})
		return err == nil, err
	})
	n, err := c.CoreV1().Namespaces().Get(ctx(t), ns, metav1.GetOptions{})
	must(t, err)
	if n.Labels["kubernetes.io/metadata.name"] != ns || n.Status.Phase != "Active" || len(n.Spec.Finalizers) != 1 {
		t.Errorf("%+v", n)
	}
	held := configMap("held")
	held.Finalizers = []string{"example.org/hold"}
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), held, metav1.CreateOptions{})
	must(t, err)
	must(t, c.CoreV1().Namespaces().Delete(ctx(t), ns, metav1.DeleteOptions{}))
	_, err = c.CoreV1().ConfigMaps(ns).Create(ctx(t), configMap("late"), metav1.CreateOptions{})
	if !apierrors.IsForbidden(err) || !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		t.Errorf("late: %v", err)
	}
	eventually(t, "the conditions say what is left", func() (bool, error) {
		n, err := c.CoreV1().Namespaces().Get(ctx(t), ns, metav1.GetOptions{})
		must(t, err)
		m := map[string]string{}
		for _, c := range n.Status.Conditions {
			m[string(c.Type)] = string(c.Status)
		}
		return m["NamespaceContentRemaining"] == "True" && m["NamespaceFinalizersRemaining"] == "True" && m["NamespaceDeletionDiscoveryFailure"] == "False", fmt.Errorf("%v", n.Status)
	})
	_, err = c.CoreV1().ConfigMaps(ns).Patch(ctx(t), "held", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	must(t, err)
	eventually(t, "it is gone", func() (bool, error) {
		_, err := c.CoreV1().Namespaces().Get(ctx(t), ns, metav1.GetOptions{})
		return apierrors.IsNotFound(err), err
	})
	for _, name := range []string{"default", "kube-system"} {
		if err := c.CoreV1().Namespaces().Delete(ctx(t), name, metav1.DeleteOptions{}); !apierrors.IsForbidden(err) {
			t.Errorf("delete of %s: %v", name, err)
		}
	}
}
